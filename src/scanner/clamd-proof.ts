import { join } from 'node:path'
import { canaryFile, canaryName, canaryText } from '../clamav/canary.ts'
import { readForeign, readNamed } from '../disk/foreign-file.ts'
import { describeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { askClamd, loadedNumber, numberOfSet, scanByClamd } from './clamd-session.ts'

/** By what clamd can show that it uses a set. */
export interface Proof {
  /**
   * - `version`: VERSION shows the number of its `daily`, which the set before does not have.
   * - `canary`: it detects what only this set knows.
   * - `sample`: it detects the configured sample.
   * - `reload`: by nothing but that it works.
   */
  readonly kind: 'version' | 'canary' | 'sample' | 'reload'
  /** What VERSION has to show; null when any engine will do. */
  readonly number: number | null
  /** What has to be detected, and under which name when that is known. */
  readonly bait: { readonly bytes: Uint8Array; readonly name: string | null } | null
  /** Why there is no better proof; null when it is one. */
  readonly lack: string | null
}

/** What clamd shows of a set. */
export interface Sight {
  /**
   * - `shown`: it uses the set.
   * - `other`: it works, but not with this set; or it has only not finished loading.
   * - `mute`: it works, and cannot show which set it uses: VERSION agrees or is switched off, and the canary is not
   *   detected by a clamd that was never seen to load one.
   * - `lost`: it has no engine at all and needs a restart (`ConcurrentDatabaseReload no`, after a failed reload).
   * - `silent`: it does not answer as clamd does.
   * - `gone`: nobody listens there.
   */
  readonly state: 'shown' | 'other' | 'mute' | 'lost' | 'silent' | 'gone'
  /** For people. */
  readonly said: string
  /** With `shown`: by what, and whether a canary was detected. */
  readonly by?: Proof['kind']
  readonly canary?: boolean
}

/** What is known of a clamd beside its answers. */
export interface KnownClamd {
  /**
   * Whether it loads canaries: `yes` when it was seen to detect one, `no` when its configuration says that it loads
   * databases of ClamAV only; `unseen`: it does not detect that of the set it should be using.
   */
  readonly canaries: 'yes' | 'no' | 'unseen' | 'unknown'
}

/**
 * Finds the best proof there is for a set.
 * @param before folder of the set that was used before; a number that both have proves nothing
 * @param sample file that must be detected, for sets without a number of their own and without a canary
 */
export async function proofFor(
  { set, directory }: { readonly set: SetName; readonly directory: string },
  before: string | null,
  sample: string | null,
): Promise<Proof> {
  const number = await numberOfSet(directory)
  const known = before === null ? null : await numberOfSet(before)
  const own = await hasCanary(directory, set)
  const bait = own ? { bytes: canaryText(set), name: canaryName(set) } : null
  if (number !== null && number !== known) return { kind: 'version', number, bait, lack: null }
  if (bait) return { kind: 'canary', number, bait, lack: null }
  const lack = number === null ? 'the set has no daily database' : `the set before has number ${number}, too`
  if (sample === null) return { kind: 'reload', number, bait, lack }
  const read = await readSample(sample)
  if (typeof read === 'string') return { kind: 'reload', number, bait, lack: read }
  return { kind: 'sample', number, bait: { bytes: read, name: null }, lack: null }
}

/** Looks once whether clamd shows the proof; bounded by `limits.clamdAnswer` for each question. Never throws. */
export async function lookAtClamd(
  socket: string,
  { kind, number, bait }: Proof,
  { canaries }: KnownClamd,
  within: number = limits.clamdAnswer,
): Promise<Sight> {
  try {
    const answer = await askClamd(socket, 'VERSION', within)
    const loaded = isDisabled(answer) ? 'disabled' : loadedNumber(answer)
    if (loaded === 'none') return { state: 'lost', said: 'it has lost its engine' }
    if (loaded === 'unknown') return { state: 'silent', said: `it says '${answer}'` }
    // One without VERSION (clamd 1.5, EnableVersionCommand no) may show the canary all the same.
    const agrees = loaded !== 'disabled' && loaded === number
    if (number !== null && loaded !== 'disabled' && !agrees)
      return { state: 'other', said: `it says '${answer}'` }
    const byNumber = kind === 'version' && agrees
    if (bait === null) {
      if (loaded !== 'disabled') return { state: 'shown', said: answer, by: kind }
      return { state: 'mute', said: 'it does not tell its version (EnableVersionCommand no)' }
    }
    const found = await scanByClamd(socket, bait.bytes, within)
    if (isBait(found, bait.name)) {
      const by = byNumber ? 'version' : kindOf(bait)
      return { state: 'shown', said: `it found ${found}`, by, canary: bait.name !== null }
    }
    if (byNumber && canaries === 'no') return { state: 'shown', said: answer, by: 'version' }
    const said = `it found ${found ?? 'nothing'} in what only this set detects`
    return { state: bait.name !== null && canaries !== 'yes' ? 'mute' : 'other', said }
  } catch (error) {
    return { state: isNobody(error) ? 'gone' : 'silent', said: describeError(error) }
  }
}

function kindOf({ name }: NonNullable<Proof['bait']>): Proof['kind'] {
  return name === null ? 'sample' : 'canary'
}

/** The answer of clamd 1.5 to a command that its configuration switches off. */
export function isDisabled(answer: string): boolean {
  return /^(COMMAND UNAVAILABLE|UNKNOWN COMMAND)\b/.test(answer)
}

// Signatures that are not from the vendor are reported with a word after their name.
function isBait(found: string | null, name: string | null): boolean {
  if (name === null) return found !== null
  return found === name || found === `${name}.UNOFFICIAL`
}

/** Whether nobody listens: the socket is not there, or the connection is refused. */
function isNobody(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}

async function hasCanary(directory: string, set: SetName): Promise<boolean> {
  const canary = await readForeign(join(directory, canaryFile), limits.canary).catch(() => null)
  return canary?.bytes.includes(canaryName(set)) ?? false
}

/** The bytes of the sample, or why there are none. */
async function readSample(path: string): Promise<Uint8Array | string> {
  try {
    return await readNamed(path, limits.canary)
  } catch (error) {
    return `the sample cannot be read: ${describeError(error)}`
  }
}
