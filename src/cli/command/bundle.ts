import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ExportRequest, ExportResult } from '../../airgap/export-bundle.ts'
import type { ImportRequest, ImportResult } from '../../airgap/import-bundle.ts'
import type { Config } from '../../config/config.ts'
import { nameOf } from '../../disk/act-as.ts'
import { DefsError, isDefsError } from '../../error.ts'
import { formatTime } from '../../report/span.ts'
import { publishStatus } from '../../report/status-file.ts'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { Certified } from '../../trust/issue/make-certificate.ts'
import { keepJournal } from '../journal-listener.ts'
import { type CommandResult, formatSet, formatSize, type Line } from '../output.ts'
import { namedSet } from '../read-store.ts'
import type { Session } from '../session.ts'
import { beginning, failedUpdate } from './update.ts'

export interface ExportInput extends Omit<ExportRequest, 'sign' | 'guard' | 'set'> {
  /** Null for the current one. */
  readonly set: SetName | SetAlias | null
  /** Whether to sign with the key of the guards. */
  readonly sign: boolean
}

/** Writes a bundle. @throws what `exportBundle` throws; KEYS_* with `sign` */
export async function runExport(input: ExportInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const guard = input.sign ? await signerOf(config, session) : null
  const { exportBundle } = await import('../../airgap/export-bundle.ts')
  const request = {
    ...input,
    set: input.set === null ? null : await namedSet(input.set, session),
    file: resolve(session.environment.cwd, input.file),
    sign: guard && (await signing(guard)),
    guard,
  }
  const result = await exportBundle(request, config, session.context)
  return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : describeExport(result) }
}

async function signerOf(config: Config, session: Session): Promise<Certified> {
  const { passphraseOf, ringOf } = await import('../keys-access.ts')
  const { readCertified, readRoots } = await import('../../publish/keys/key-ring.ts')
  const ring = ringOf(config, null)
  await readRoots(ring)
  return readCertified(ring, 'signer', await passphraseOf(config, session))
}

async function signing(signer: Certified): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const { signGuard } = await import('../../trust/issue/sign-guard.ts')
  return (bytes) => signGuard(bytes, signer)
}

function describeExport({ file, set, base, bytes, expires, signed }: ExportResult): Line[] {
  const how = base === null ? 'whole' : `for machines that have ${base}`
  const until = `good until ${formatTime(expires)}${signed ? '' : ', which nobody signed'}`
  return [{ text: `${file}: ${set}, ${how}, ${formatSize(bytes)}, ${until}`, tone: 'good' }]
}

/** Imports a bundle; 8 when the current set was bad and an older one had to stay. @throws what `importBundle` throws */
export async function runImport(input: ImportRequest, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const file = await bundleFile(input.file, session)
  const { importBundle } = await import('../../airgap/import-bundle.ts')
  const journal = keepJournal(session, config)
  const run = await beginning(config, session)
  try {
    const { rolledBack, ...json } = await importBundle({ ...input, file }, config, session.context)
    return {
      exitCode: rolledBack ? 8 : 0,
      json: rolledBack ? { ...json, rolledBack: { from: rolledBack.from, code: rolledBack.code } } : json,
      lines: session.globals.quiet ? [] : describeImport(json),
      ...(rolledBack?.failure ? { error: rolledBack.failure } : {}),
    }
  } catch (error) {
    if (!isDefsError(error) || (session.context.signal.aborted && error.code !== 'INTERRUPTED')) throw error
    return await failedUpdate(error, session, { source: 'import', ...run })
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

function describeImport({
  changed,
  current,
  reason,
  grade,
  signedBy,
}: Omit<ImportResult, 'rolledBack'>): Line[] {
  if (!changed || current === null)
    return [`${current ?? 'no set'} is current, nothing was changed: ${reason}`]
  const text = `${current} (${formatSet(current)}) is current now: ${grade}, signed by ${signedBy}`
  return [{ text, tone: 'good' }]
}

/**
 * The absolute path of a bundle that the user named.
 * @param wanted what to name instead
 * @throws USAGE_ARGUMENT when there is no such file
 */
export async function bundleFile(
  text: string,
  { environment }: Pick<Session, 'environment'>,
  wanted = "name a bundle of 'defs export'",
): Promise<string> {
  const path = resolve(environment.cwd, text)
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES') return null
    const whose = nameOf(process.geteuid?.() ?? 0)
    const message = `'${text}' cannot be reached by ${whose}, whose store this is: put it where ${whose} can read it`
    throw new DefsError('STORE_PERMISSION', message, { path, cause: error })
  })
  if (status?.isFile()) return path
  throw new DefsError('USAGE_ARGUMENT', `'${text}' is no file: ${wanted}`, { path })
}
