import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenedFile } from '../../archive/opened.ts'
import { Hashing } from '../../digest.ts'
import { storeError } from '../../error.ts'

/**
 * Writes a file of a set that is being made, in place of one that may be there; never into a file that shares its bytes
 * with another set.
 * @throws STORE_*
 */
export async function writeSmall(directory: string, name: string, bytes: Uint8Array): Promise<OpenedFile> {
  const path = join(directory, name)
  try {
    await rm(path, { force: true })
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw storeError(error, `writing ${path}`)
  }
  const hashing = new Hashing(['sha256'])
  hashing.update(bytes)
  return { name, bytes: bytes.length, sha256: hashing.finish('sha256') ?? '', sha1: null }
}

/** A file of rules as text: every byte is a letter in Latin-1, so nothing is lost. @throws STORE_* */
export async function readRuleText(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    throw storeError(error, `reading ${path}`)
  }
}
