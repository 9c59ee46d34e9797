import type { Finding } from '../gate/finding.ts'
import { writeProvenance } from '../hawking/provenance.ts'
import type { Staged } from '../hawking/staged.ts'
import type { Origin } from './install.ts'
import type { Run } from './run.ts'

/** Writes down where a staged set came from and how it was proved, before anything points to it. */
export async function keepProvenance(
  origin: Origin,
  { authentic, set }: Staged,
  gate: readonly Finding[],
  run: Run,
): Promise<void> {
  await writeProvenance(run.store, {
    set,
    grade: authentic.grade,
    sequence: authentic.sequence,
    source: origin.source,
    url: origin.url,
    packageSha256: origin.packageSha256,
    signer: origin.made?.signer ?? authentic.signer,
    databases: origin.made?.databases ?? null,
    verifiedAt: authentic.verifiedAt.toISOString(),
    stagedAt: run.context.now().toISOString(),
    bytes: authentic.files.reduce((sum, file) => sum + file.bytes, 0),
    files: authentic.files.length,
    gate,
  })
}
