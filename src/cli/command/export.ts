import { resolve } from 'node:path'
import type { ExportRequest, ExportResult } from '../../airgap/export-bundle.ts'
import type { Config } from '../../config/config.ts'
import type { Certified } from '../../trust/issue/make-certificate.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSize, formatTime } from '../format.ts'
import type { Session } from '../session.ts'

export interface ExportInput extends Omit<ExportRequest, 'sign' | 'guard'> {
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
    file: resolve(session.world.cwd, input.file),
    sign: guard && (await signing(guard)),
    guard,
  }
  const result = await exportBundle(request, config, session.context)
  return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : describeExport(result) }
}

async function signerOf(config: Config, session: Session): Promise<Certified> {
  const { passphraseOf, ringOf } = await import('../keys-access.ts')
  const { readCertified } = await import('../../publish/keys/key-ring.ts')
  return readCertified(ringOf(config, null), 'signer', await passphraseOf(config, session))
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
