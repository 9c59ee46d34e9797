import type { ImportRequest, ImportResult } from '../../airgap/import-bundle.ts'
import { bundleFile } from '../bundle-file.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSet } from '../format.ts'
import { keepJournal } from '../journal-listener.ts'
import type { Session } from '../session.ts'

/** Imports a bundle; 8 when the current set was bad and an older one had to stay. @throws what `importBundle` throws */
export async function runImport(input: ImportRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const file = await bundleFile(input.file, session)
  const { importBundle } = await import('../../airgap/import-bundle.ts')
  const journal = keepJournal(session, config)
  try {
    const { rolledBack, ...json } = await importBundle({ ...input, file }, config, session.context)
    return {
      exitCode: rolledBack ? 8 : 0,
      json: rolledBack ? { ...json, rolledBack: { from: rolledBack.from, code: rolledBack.code } } : json,
      lines: session.globals.quiet ? [] : describeImport(json),
      ...(rolledBack?.failure ? { error: rolledBack.failure } : {}),
    }
  } finally {
    await journal.flush()
  }
}

function describeImport({ changed, current, reason, grade, signedBy }: Omit<ImportResult, 'rolledBack'>): Line[] {
  if (!changed || current === null)
    return [`${current ?? 'no set'} is current, nothing was changed: ${reason}`]
  const text = `${current} (${formatSet(current)}) is current now: ${grade}, signed by ${signedBy}`
  return [{ text, tone: 'good' }]
}
