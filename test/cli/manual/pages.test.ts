import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exitCodeOf, exitCodes } from '../../../src/cli/exit-code.ts'
import { options } from '../../../src/config/options/main.ts'
import { scheduleOptions } from '../../../src/config/options/publish.ts'
import { sinkOptions } from '../../../src/config/options/sink.ts'
import { sourceOptions } from '../../../src/config/options/source.ts'
import { catalogue } from '../../../src/event/catalogue.ts'
import { type Bench, openBench } from '../world.ts'

const names = ['defs.1', 'defs.yaml.5']
const written = new Map<string, string>()
let bench: Bench
let folder: string

beforeAll(async () => {
  bench = openBench()
  folder = mkdtempSync(join(tmpdir(), 'defs-manual-'))
  for (const name of names) {
    const { code, stdout } = await bench.run(`manual ${name}`)
    expect(code).toBe(0)
    written.set(name, stdout)
    writeFileSync(join(folder, name), stdout)
  }
})
afterAll(() => {
  bench.remove()
  rmSync(folder, { recursive: true, force: true })
})

// Some images have a `man` that says it was left out.
const hasMan = /man \d/.test(spawnSync('man', ['--version'], { encoding: 'utf8' }).stdout ?? '')
const hasMandoc = spawnSync('mandoc', ['-Tlint'], { input: '' }).error === undefined

/** The page as it is read on a wide terminal. */
function shown(name: string): { readonly text: string; readonly warnings: string } {
  const env = { ...process.env, MANWIDTH: '4000', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' }
  // man shuts its helpers into a sandbox in which a preloaded library (that of faketime) cannot start.
  Reflect.deleteProperty(env, 'LD_PRELOAD')
  const args = ['--warnings', '-l', '-E', 'UTF-8', join(folder, name)]
  const { stdout, stderr } = spawnSync('man', args, { encoding: 'utf8', env })
  return { text: stdout.replaceAll(/.\u0008/g, ''), warnings: stderr }
}

describe('the manual', () => {
  it('is the page of the program unless another is named', async () => {
    expect((await bench.run('manual')).stdout).toBe(written.get('defs.1'))
    expect((await bench.run('manual defs.2')).code).toBe(2)
  })

  it.each(names)('%s has no request that text made', (name) => {
    const known = /^\.(TH|SH|SS|PP|TP|RS|RE|nf|fi|nh|ad|br)( |$)/
    const requests =
      written
        .get(name)
        ?.split('\n')
        .filter((line) => /^[.']/.test(line)) ?? []
    expect(requests.length).toBeGreaterThan(50)
    expect(requests.filter((line) => !known.test(line))).toEqual([])
  })

  it.skipIf(!hasMandoc).each(names)('%s has nothing but long lines for mandoc', (name) => {
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning', join(folder, name)], { encoding: 'utf8' })
    // The pages bear no date, so that the same program makes the same pages.
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
  })
})

describe.skipIf(!hasMan)('man shows', () => {
  it('every command with options, examples, codes and events, without a warning', () => {
    const { text, warnings } = shown('defs.1')
    expect(warnings).toBe('')
    const wanted = ['defs config show [options]', '--lock-wait <duration>', 'defs update --dry-run --json']
    wanted.push('DEFS_MAX_AGE=12h defs config show --origin', 'defs show "11/21/2026 rev. 3" --json')
    for (const { message } of Object.values(catalogue)) wanted.push(message.replaceAll('`', ''))
    wanted.push(...Object.keys(exitCodeOf), ...Object.values(exitCodes))
    expect(wanted.filter((part) => !text.includes(part))).toEqual([])
  })

  it('every option with its variable, without a warning', () => {
    const { text, warnings } = shown('defs.yaml.5')
    expect(warnings).toBe('')
    const groups = [options, scheduleOptions, ...Object.values(sourceOptions), ...Object.values(sinkOptions)]
    const rows = groups.flatMap((group) => Object.entries(group))
    expect(rows.length).toBeGreaterThan(100)
    const wanted = rows.flatMap(([path, { description }]) => [path, description.replaceAll('`', '')])
    wanted.push('DEFS_STORE_ROOT', "hosts: ['https://updates.example/']")
    expect(wanted.filter((part) => !text.includes(part))).toEqual([])
  })
})
