import type { Fetched } from '../fetch/fetched.ts'
import { writeProvenance } from '../hawking/provenance.ts'
import type { Staged } from '../hawking/staged.ts'
import type { Run } from './run.ts'

/** Writes down where a staged set came from and how it was proved, before anything points to it. */
export async function keepProvenance(fetched: Fetched, { authentic, set }: Staged, run: Run): Promise<void> {
  await writeProvenance(run.store, {
    set,
    grade: authentic.grade,
    sequence: authentic.sequence,
    source: fetched.offer.source,
    url: fetched.url,
    packageSha256: fetched.sha256 || null,
    signer: authentic.signer,
    verifiedAt: authentic.verifiedAt.toISOString(),
    stagedAt: run.context.now().toISOString(),
    bytes: authentic.files.reduce((sum, file) => sum + file.bytes, 0),
    files: authentic.files.length,
  })
}
