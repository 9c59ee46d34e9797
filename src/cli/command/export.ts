import { resolve } from 'node:path'
import type { ExportRequest, ExportResult } from '../../airgap/export-bundle.ts'
import type { Config } from '../../config/config.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSize, formatTime } from '../format.ts'
import type { Session } from '../session.ts'

export interface ExportInput extends Omit<ExportRequest, 'sign'> {
  /** Whether to sign with the key of the guards. */
  readonly sign: boolean
}

/** Writes a bundle. @throws what `exportBundle` throws; KEYS_* with `sign` */
export async function run(input: ExportInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const sign = input.sign ? await signerOf(config, session) : null
  const { exportBundle } = await import('../../airgap/export-bundle.ts')
  const request = { ...input, file: resolve(session.world.cwd, input.file), sign }
  const result = await exportBundle(request, config, session.context)
  return { exitCode: 0, json: { ...result }, lines: session.globals.quiet ? [] : describe(result) }
}

async function signerOf(
  config: Config,
  session: Session,
): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const { passphraseOf, ringOf } = await import('../keys-access.ts')
  const { readCertified } = await import('../../publish/keys/key-ring.ts')
  const { signGuard } = await import('../../trust/issue/sign-guard.ts')
  const signer = await readCertified(ringOf(config, null), 'signer', await passphraseOf(config, session))
  return (bytes) => signGuard(bytes, signer)
}

function describe({ file, set, base, bytes, expires, signed }: ExportResult): Line[] {
  const how = base === null ? 'whole' : `for machines that have ${base}`
  const until = `good until ${formatTime(expires)}${signed ? '' : ', which nobody signed'}`
  return [{ text: `${file}: ${set}, ${how}, ${formatSize(bytes)}, ${until}`, tone: 'good' }]
}
