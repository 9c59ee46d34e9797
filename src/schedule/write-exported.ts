import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { storeError } from '../error.ts'
import { writeFileAtomic } from '../hawking/atomic-file.ts'
import type { ExportedFile } from './exported-file.ts'

/** Writes files for another scheduler into a folder, made when missing; returns their paths. @throws STORE_* */
export async function writeExported(files: readonly ExportedFile[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storeError(error, `making ${folder}`)
  })
  const paths: string[] = []
  for (const { name, text, encoding } of files) {
    const path = join(folder, name)
    await writeFileAtomic(path, Buffer.from(text, encoding), 0o644)
    paths.push(path)
  }
  return paths
}
