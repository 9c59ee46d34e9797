import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SharedSepConfig } from '../config/config.ts'
import { replaceFile } from '../disk/atomic-file.ts'
import { readForeign } from '../disk/foreign-file.ts'
import { DefsError, describeError, isDefsError, storeError } from '../error.ts'
import { dropConsumer, moveConsumer } from '../hawking/usage.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { currentSet, neighbourState } from '../source/shared-sep/current-set.ts'
import type { Run } from './run.ts'
import type { VerifiedState } from './state.ts'
import type { Outcome } from './try-sources.ts'

// What a folder that changes while it is copied looks like: cut, mixed or gone.
const fromChange = /^(?:TRUST_|ARCHIVE_|STORE_IO$|SOURCE_(?:PROTOCOL|NOT_FOUND)$)/

/**
 * Takes the set of another product, which may replace it at any moment. A copy that the guard proves is whole,
 * whatever happened meanwhile; when it does not, and the folder has changed, that was no tampering: it is copied
 * again from the start, `network.tries` times at the most.
 * @param take asks, copies, proves and installs
 * @throws SOURCE_INTERRUPTED when it never held still; else what `take` throws
 */
export async function updateFromSharedSep(
  config: SharedSepConfig,
  state: VerifiedState,
  run: Run,
  take: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const before = await neighbourState(config.path)
    try {
      const outcome = await take()
      if (config.register) await registerUse(config, outcome, state, run)
      return outcome
    } catch (error) {
      if (run.signal.aborted || !isDefsError(error) || !fromChange.test(error.code)) throw error
      if (!(await hasChanged(config.path, before, error, run))) throw theirs(error, config.path)
      const text = `${config.path} was changed while it was copied`
      if (tries >= run.config.network.tries) {
        throw new DefsError('SOURCE_INTERRUPTED', `${text}, ${tries} times in a row: try later`, {
          cause: error,
          path: config.path,
          transient: true,
        })
      }
      run.context.emit({ type: 'note', level: 'information', text: `${text}; it is copied again` })
      await run.context.sleep(limits.backoff * 2 ** (tries - 1), run.signal)
    }
  }
}

/** A file of theirs that cannot be read, as one that went while it was copied, is no trouble of our store. */
function theirs(error: DefsError, path: string): DefsError {
  if (error.code !== 'STORE_IO' || !error.message.includes(join(path, '/'))) return error
  const text = `${path} could not be copied as a whole: ${error.message}`
  return new DefsError('SOURCE_INTERRUPTED', text, { cause: error, path, transient: true })
}

/** Whether the owner has been at work; one who is in the middle of it is given a moment to show. */
async function hasChanged(
  path: string,
  before: string | null,
  { code }: DefsError,
  { context, signal }: Run,
): Promise<boolean> {
  // No whole set was to be seen, and one was read all the same.
  const unseen = before === null || /^SOURCE_/.test(before)
  if (unseen && /^(?:TRUST|ARCHIVE)_/.test(code)) return true
  if ((await neighbourState(path)) !== before) return true
  await context.sleep(limits.backoff, signal)
  return (await neighbourState(path)) !== before
}

// Only for a set that is really in use here, and never at the price of the update.
async function registerUse(
  { path }: SharedSepConfig,
  outcome: Outcome,
  { current }: VerifiedState,
  { config, context }: Run,
): Promise<void> {
  try {
    const { set } = await currentSet(path)
    if ((outcome.taken ?? current)?.set === set) await registerUsage(path, config.product.name, set)
  } catch (error) {
    const text = `${path}: we could not be listed in its usage.dat: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}

/** How often the file is edited anew when its owner writes it at the same moment. */
const editsMost = 3

/**
 * Lists our product under a set in the `usage.dat` of another product, so that it does not prune what we share.
 * Its own lines, owner and mode stay; it is replaced by one rename, and not at all when we stand there already.
 * @throws STORE_PERMISSION when owner or mode could not be kept; STORE_IO, STORE_FULL
 */
function registerUsage(virusDefs: string, product: string, set: SetName): Promise<void> {
  return editUsage(virusDefs, (text) => moveConsumer(text, product, set))
}

/** Takes our product out of the `usage.dat` of another product. @throws as {@link registerUsage} */
export function unregisterUsage(virusDefs: string, product: string): Promise<void> {
  return editUsage(virusDefs, (text) => dropConsumer(text, product))
}

async function editUsage(virusDefs: string, edit: (text: string) => string): Promise<void> {
  try {
    for (let edits = 0; edits < editsMost; edits += 1) {
      const before = await usageOf(virusDefs)
      const text = before.bytes.toString('latin1')
      const edited = edit(text)
      if (sameLines(text, edited)) return
      if (await replace(before, Buffer.from(edited, 'latin1'), virusDefs)) return
    }
    throw new DefsError('STORE_IO', `${virusDefs}: its owner is writing usage.dat all the time`)
  } catch (error) {
    throw storeError(error, `writing the usage.dat of ${virusDefs}`)
  }
}

interface Usage {
  readonly path: string
  readonly bytes: Buffer
  /** Null when there is none yet. */
  readonly stats: Stats | null
}

async function usageOf(virusDefs: string): Promise<Usage> {
  const name = (await readdir(virusDefs)).find((entry) => entry.toLowerCase() === 'usage.dat')
  if (name === undefined) return { path: join(virusDefs, 'usage.dat'), bytes: Buffer.alloc(0), stats: null }
  const path = join(virusDefs, name)
  // One handle: of a path that was looked at first, its owner could make a link before it is read as root.
  return { path, ...(await readForeign(path, limits.storeText)) }
}

// Blank lines and line ends are no reason to write into somebody else's folder.
function sameLines(a: string, b: string): boolean {
  const lines = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines(a).join('\n') === lines(b).join('\n')
}

/** False when the file was changed since it was read. */
async function replace({ path, bytes, stats }: Usage, next: Buffer, virusDefs: string): Promise<boolean> {
  const { uid, gid } = stats ?? (await stat(virusDefs))
  return replaceFile(
    path,
    0o600,
    async (file) => {
      await file.writeFile(next)
      if (process.platform === 'win32') return
      await file.chown(uid, gid)
      await file.chmod((stats?.mode ?? 0o644) & 0o7777)
    },
    async () => !stats || (await readForeign(path, limits.storeText)).bytes.equals(bytes),
  )
}
