import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseOptions } from '../clamav/database.ts'
import { listedMembers, pathIn, type SetOnDisk, tallyLines } from '../detection/set-files.ts'
import { isDatabase } from '../detection/signature-file.ts'
import { isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { readIni } from '../text/ini.ts'
import type { Lying } from './candidate.ts'
import { type Finding, finding } from './finding.ts'

/** Lists by which ClamAV leaves alone what its other lists would find. */
export const allowing = /\.(?:ign2?|s?fp|wdb)$/i

/** Shorter lists may lose any share of them: they are kept by hand. */
const shortList = 10

/**
 * Judges the allow lists of a set of ClamAV, those inside its databases included, against those of an earlier set. Rule:
 * what both sets have does not lose most of its lines. Stops: a list that was emptied or cut on its way, after which clean
 * files are found everywhere although every other check passes. A list that the operator no longer wants is none of them.
 * @param most percent that may be missing; 0 for no bound
 * @returns nothing where neither set has such a list
 */
export async function judgeAllowLists(
  set: Lying,
  earlier: Lying | null,
  most: number,
  options: DatabaseOptions,
): Promise<Finding[]> {
  if (!earlier || most === 0) return []
  try {
    const [now, before] = [await readLying(set), await readLying(earlier)]
    const apart = (one: SetOnDisk, other: SetOnDisk) => ({
      ...one,
      // What is the same in both has lost nothing.
      files: one.files.filter(({ name, sha256 }) => {
        const there = other.files.find((file) => file.name === name || sameDatabase(file.name, name))
        return there !== undefined && there.sha256 !== sha256
      }),
    })
    const [old, fresh] = [apart(before, now), apart(now, before)]
    const same = await membersAlike(old, fresh, options)
    const counts = (name: string) => allowing.test(name) && !same.has(name)
    const was = await tallyLines(old, counts, options)
    if (was.size === 0) return []
    const is = await tallyLines(fresh, counts, options)
    const shrunk = [...was].flatMap(([name, lines]) => {
      const left = is.get(name) ?? 0
      const missing = lines < shortList ? 0 : (1 - left / lines) * 100
      return missing > most ? [`${name} shrunk to ${left} lines instead of ${lines}`] : []
    })
    const text = shrunk.length > 0 ? shrunk.join(', ') : 'the allow lists are about as long as before'
    return [
      finding('allowed', shrunk.length > 0 ? 'failed' : 'passed', `${text}, compared with ${earlier.set}`),
    ]
  } catch (error) {
    if (!isDefsError(error) || error.code === 'INTERRUPTED') throw error
    // Whether the engine can load a set is for the engine to say.
    return [finding('allowed', 'off', `the allow lists cannot be read: ${error.message}`)]
  }
}

/** The allow lists inside of databases that both sets have alike, as those databases say, which was proved. */
async function membersAlike(
  one: SetOnDisk,
  other: SetOnDisk,
  options: DatabaseOptions,
): Promise<ReadonlySet<string>> {
  const [before, after] = [await allowingIn(one, options), await allowingIn(other, options)]
  return new Set([...before].flatMap(([name, sha256]) => (after.get(name) === sha256 ? name : [])))
}

async function allowingIn({ directory, files }: SetOnDisk, options: DatabaseOptions) {
  const found = new Map<string, string>()
  for (const { name } of files.filter((file) => isDatabase(file.name)))
    for (const member of await listedMembers(join(directory, name), options))
      if (allowing.test(member.name)) found.set(pathIn(name, member.name), member.sha256)
  return found
}

function sameDatabase(one: string, other: string): boolean {
  const bare = (name: string) => /^(.*)\.c[vl]d$/i.exec(name)?.[1]
  return bare(one) !== undefined && bare(one) === bare(other)
}

/** A set on disk by what its guard says of its files, which was proved; our own list of exceptions is nobody's else. */
async function readLying({ set, directory }: Lying): Promise<SetOnDisk> {
  const names = await readdir(directory)
  const guard = names.find((name) => name.toLowerCase() === 'v.grd')
  const text = guard === undefined ? '' : await readFile(join(directory, guard), 'latin1').catch(() => '')
  const digests = new Map(
    readIni(text.length > limits.guard ? '' : text).sections.flatMap(({ name, entries }) => {
      const sha256 = entries.get('SHA256')
      return sha256 === undefined ? [] : [[name.replace(/^File-/i, '').toLowerCase(), sha256]]
    }),
  )
  const files = names.flatMap((name) => {
    const sha256 = digests.get(name.toLowerCase())
    const counts = /\.c[vl]d$/i.test(name) || allowing.test(name)
    return sha256 === undefined || !counts || name.startsWith('defs-') ? [] : [{ name, sha256 }]
  })
  return { set, directory, files }
}
