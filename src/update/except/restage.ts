import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyMember } from '../../archive/member-file.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { DefsError, isDefsError, storeError } from '../../error.ts'
import { peekExceptions } from '../../hawking/line/exceptions.ts'
import { type Bar, isHeld } from '../../hawking/records.ts'
import { makeWorkspace } from '../../hawking/sets.ts'
import { peekProvenance } from '../../hawking/state.ts'
import type { SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { SealedFrom } from '../acquire/acquired.ts'
import { freshName } from '../acquire/name-pack.ts'
import { install } from '../activate/install.ts'
import { contentsOf } from '../contents.ts'
import type { Run } from '../run.ts'
import type { VerifiedState } from '../state.ts'
import type { Outcome } from '../try-sources.ts'
import { foreseeFiles } from './edit-set.ts'
import { differs, exceptionsInForce, settleExceptions, withExceptions } from './exceptions.ts'
import { contentsIn, remake } from './remake.ts'

/**
 * Makes a new set out of the current one where that has other exceptions than those in force; gated, activated and
 * handed over like any other. Nothing is fetched. What the gate refused before is only tried again when somebody asks.
 * @param asked whether somebody does
 * @returns null when there is nothing to do: no set, or the same exceptions
 * @throws GATE_REFUSED, SCANNER_REFUSED, STORE_*, TRUST_*, INTERRUPTED: what was current still is
 */
export async function restageIfDue(
  state: VerifiedState,
  asked: boolean,
  run: Run,
): Promise<Extract<Outcome, { readonly taken: Authentic }> | null> {
  const { current } = state
  if (!current) return null
  const provenance = await peekProvenance(run.store, current.set)
  const inForce = await exceptionsInForce(run)
  if (!differs(provenance, inForce)) return null
  const unlessBarred = (files: Parameters<typeof contentsOf>[0]) => {
    const contents = contentsOf(files)
    const bar = state.bars.find((one) => one.contents === contents)
    if (bar && !asked && state.allow !== bar.set) throw barredAgain(current.set, bar)
    return bar
  }
  // Copying a set of ClamAV only to find that takes longer than all the rest of a run.
  unlessBarred(foreseeFiles(contentsIn(current.files), inForce) ?? [])
  const workspace = await makeWorkspace(run.store)
  try {
    const copied = await copySet(current, workspace.set, run)
    const draft = await withExceptions({ directory: workspace.set, files: copied }, run)
    const set = unlessBarred(draft.files)?.set ?? (await freshName(current.set, run))
    const authentic = await remake(current, set, { directory: workspace.set, files: draft.files }, run)
    const made: SealedFrom = {
      signer: provenance?.signer ?? current.signer,
      databases: provenance?.databases ?? null,
      ...(provenance?.parts ? { parts: provenance.parts } : {}),
    }
    const { source = 'exceptions', url = '', packageSha256 = null } = provenance ?? {}
    const { exceptions } = draft
    const of = provenance?.of ?? current.set
    const origin = { source, url, packageSha256, downloaded: 0, made, exceptions, of }
    const gate = await install(authentic, origin, state, run)
    await settleExceptions(draft.matched, run)
    return { source, taken: authentic, downloaded: 0, incremental: false, reused: copied.length, made, gate }
  } finally {
    await workspace.remove()
  }
}

/**
 * The same at the end of a run that took nothing; never while the current set is held. A gate that refuses the new set
 * is told, and is no failure of the run.
 * @param level how it is told
 */
export async function restageAfter(
  state: VerifiedState,
  run: Run,
  level: 'warning' | 'debug' = 'warning',
): Promise<Outcome | null> {
  const { current, holds, now } = state
  if (!current || holds.some((hold) => hold.set === current.set && isHeld(hold, now))) return null
  const provenance = await peekProvenance(run.store, current.set)
  // Nearly every store has none.
  if ((await peekExceptions(run.store)).length === 0 && (provenance?.exceptions ?? []).length === 0)
    return null
  try {
    const restaged = await restageIfDue(state, false, run)
    if (!restaged) await settleExceptions(null, run)
    return restaged
  } catch (error) {
    if (!isDefsError(error, 'GATE_REFUSED', 'SCANNER_REFUSED')) throw error
    const text = `the exceptions are not in force yet: ${error.message}`
    run.context.emit({ type: 'note', level, text })
    return null
  }
}

function barredAgain(current: SetName, { set, reason }: Bar): DefsError {
  const text = `what they make of ${current} is barred as ${set}: ${reason}; 'defs update --allow ${set}' asks for it all the same`
  return new DefsError('GATE_REFUSED', text, { path: set })
}

async function copySet(base: Authentic, to: string, { signal, config }: Run): Promise<OpenedFile[]> {
  const copied: OpenedFile[] = []
  for (const { name, sha256 } of contentsIn(base.files)) {
    const path = join(to, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw storeError(error, `making ${dirname(path)}`)
    })
    const copy = await copyMember(join(base.directory, name), path, [], signal, config.store.reserve)
    if (sha256 !== null && copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${name} was changed after it was proved`, { path: name })
    copied.push({ name, ...copy })
  }
  return copied
}
