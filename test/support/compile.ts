import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Compiles programs with all they import, so that they can run as processes of their own.
 * @param folder of the programs, from the root of the project
 * @returns the folder of the compiled programs
 */
export function compilePrograms(
  folder: string,
  names: readonly string[],
): { programs: string; remove: () => void } {
  const out = mkdtempSync(join(tmpdir(), 'defs-children-'))
  const tsconfig = join(out, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    outDir: out,
    rootDir: repository,
    typeRoots: [join(repository, 'node_modules', '@types')],
  }
  const files = names.map((name) => join(repository, folder, `${name}.ts`))
  writeFileSync(join(out, 'package.json'), '{"type":"module"}')
  symlinkSync(join(repository, 'node_modules'), join(out, 'node_modules'))
  writeFileSync(
    tsconfig,
    JSON.stringify({ extends: join(repository, 'tsconfig.json'), compilerOptions, files, include: [] }),
  )
  const tsc = join(repository, 'node_modules', '.bin', 'tsc')
  const { stdout } = spawnSync(tsc, ['-p', tsconfig], { encoding: 'utf8' })
  const programs = join(out, folder)
  if (!existsSync(join(programs, `${names[0]}.js`))) throw new Error(stdout)
  return { programs, remove: () => rmSync(out, { recursive: true, force: true }) }
}
