import { readFolder } from '../../archive/folder.ts'
import type { Opened } from '../../archive/opened.ts'
import { Hashing } from '../../digest.ts'
import { kindAt } from '../../disk/atomic-file.ts'
import { DefsError } from '../../error.ts'
import { setDirectory } from '../../hawking/sets.ts'
import { isGuarded, marker, markerText } from '../../hawking/stage.ts'
import { peekProvenance } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { examine, proveAhead, type SetProblem, type SignedGuard } from '../../trust/authenticate.ts'
import { type Run, trustOnDisk } from '../run.ts'

/** A set as it lies on disk, judged anew. */
export interface Inspected {
  readonly set: SetName
  readonly directory: string
  readonly proved: Authentic | null
  /** Everything that is wrong with it, each file once; empty when it is proved. */
  readonly problems: readonly SetProblem[]
}

/**
 * Authenticates a set on disk in full: signature, guard, every hash, nothing extra, nothing missing. Changes
 * nothing.
 * @param directory where it lies, when that is not its place in the store: a scanner's own copy
 * @throws INTERRUPTED
 */
export async function inspectSet(
  set: SetName,
  run: Run,
  directory: string = setDirectory(run.store, set),
): Promise<Inspected> {
  if ((await kindAt(directory)) === 'nothing') {
    const text = `definfo.dat names ${set}, which is not on disk`
    return { set, directory, proved: null, problems: [problem('STORE_POINTER', 'definfo.dat', text)] }
  }
  const provenance = await peekProvenance(run.store, set)
  // A set that was once accepted is not refused later for its date: clocks are set back, too.
  const pinned = await trustOnDisk(run.trust, run.store)
  const trust = { ...pinned, policy: { ...pinned.policy, allowFuture: true } }
  let ahead: SignedGuard | null = null
  const { opened, problems: unreadable } = await readFolder(directory, {
    algorithms: run.trust.policy.allowSha1 ? ['sha256', 'sha1'] : ['sha256'],
    context: run.context,
    signal: run.context.signal,
    signed: (guard, signature) => {
      try {
        ahead = proveAhead(guard, signature, trust)
      } catch {
        // Whatever is unforeseen comes again when all is judged, and is told there.
      }
    },
  })
  // Without a record of how it came it passes for the lesser grade, which no guard contradicts.
  const claim = { set, sequence: provenance?.sequence ?? null, grade: provenance?.grade ?? 'rapid' }
  const verdict = examine(opened, claim, trust, ahead)
  const marked = markerProblem(opened, set, provenance !== null)
  const problems = onceAFile([...unreadable, ...verdict.problems, ...(marked ? [marked] : [])])
  return { set, directory, problems, proved: problems.length === 0 ? verdict.proved : null }
}

/** The marker lies outside the guard; of a set that we staged we know what it says all the same. */
function markerProblem(opened: Opened, set: SetName, staged: boolean): SetProblem | null {
  const found = opened.files.find(({ name }) => name.toLowerCase() === marker)
  if (!found) return problem('TRUST_FILE_MISSING', marker, `${marker} is missing: the set is not whole`)
  if (!staged || isGuarded(opened)) return null
  const hashing = new Hashing(['sha256'])
  hashing.update(Buffer.from(markerText(set)))
  if (hashing.finish('sha256') === found.sha256) return null
  return problem('TRUST_DIGEST', found.name, `${marker} was damaged or changed`)
}

function problem(code: SetProblem['code'], file: string, message: string): SetProblem {
  return { file, code, message, error: new DefsError(code, message, { path: file }) }
}

/** A file that cannot be read is not missing as well. */
function onceAFile(problems: readonly SetProblem[]): SetProblem[] {
  const seen = new Set<string>()
  return problems.filter(({ file }) => {
    if (file === null) return true
    const known = seen.has(file.toLowerCase())
    seen.add(file.toLowerCase())
    return !known
  })
}
