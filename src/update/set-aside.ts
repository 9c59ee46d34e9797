import type { ErrorCode } from '../error.ts'
import { describeError } from '../error.ts'
import { kindAt } from '../hawking/folder.ts'
import { peekProvenance, removeProvenance } from '../hawking/provenance.ts'
import { moveToQuarantine } from '../hawking/quarantine.ts'
import type { Inspected } from './inspect.ts'
import type { Run } from './run.ts'

// What the anchors, the policy or our rights refuse: every set may be whole, and the configuration wrong.
const ofPolicy: ReadonlySet<ErrorCode> = new Set([
  'TRUST_CHAIN',
  'TRUST_EXPIRED',
  'TRUST_ALGORITHM',
  'TRUST_SHA1_ONLY',
  'STORE_PERMISSION',
])

/** Whether something is wrong with the bytes of a set, and not only with what we make of them. */
export function isDamaged({ problems }: Inspected): boolean {
  return problems.some(({ code }) => !ofPolicy.has(code))
}

/**
 * Moves bad sets into quarantine, what is wrong with them beside them. Failing to keep evidence is told and
 * nothing more: it must not keep good definitions from becoming current.
 */
export async function setAside(bad: readonly Inspected[], run: Run): Promise<void> {
  for (const one of bad) {
    try {
      await moveAway(one, run)
    } catch (error) {
      note('warning', `${one.set} could not be moved into quarantine: ${describeError(error)}`, run)
    }
  }
}

async function moveAway({ set, directory, problems }: Inspected, run: Run): Promise<void> {
  if ((await kindAt(directory)) === 'nothing') return
  const came = await peekProvenance(run.store, set)
  const lines = problems.map(({ file, code, message }) => `${file ?? set}: ${code}: ${message}`)
  const origin = came ? [`staged ${came.stagedAt} from ${came.source}, ${came.url}`] : []
  const code = problems[0]?.code ?? null
  const place = await moveToQuarantine(run.store, directory, { set, code, problems: [...lines, ...origin] })
  await removeProvenance(run.store, set)
  note('information', `${set} is bad and was moved to ${place ?? 'nowhere: it was removed'}`, run)
}

function note(level: 'information' | 'warning', text: string, run: Run): void {
  run.context.emit({ type: 'note', level, text })
}
