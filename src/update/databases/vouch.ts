import { createHash } from 'node:crypto'
import type { Signer } from '../../trust/authentic.ts'
import { vendorKeys } from '../../trust/clamav/keys.ts'
import type { Made } from '../arrive.ts'
import type { BroughtDatabase } from './brought.ts'
import type { DatabaseJob } from './job.ts'

/** Who vouches for a set of databases: the weakest of their proofs. What came by the legacy keys alone is said. */
export function vouch(databases: readonly BroughtDatabase[], { run }: DatabaseJob): Made {
  const note = (text: string) => run.context.emit({ type: 'note', level: 'warning', text })
  for (const { proved, how, unjudged } of databases) {
    const what = `${proved.name} ${proved.version}`
    if (unjudged) note(`${what} has a .sign that cannot be judged: name its roots below certificates`)
    if (how !== 'copied' && proved.method === 'legacy')
      note(`${what} is proved by ClamAV's built-in keys only; 'sign: require' would refuse it`)
  }
  const weakest = databases.find(({ proved }) => proved.signer === null)
  const signer = weakest ? legacySigner() : databases[0]?.proved.signer
  return { signer: signer ?? legacySigner(), databases: databases.map(({ proved }) => proved) }
}

/** The keys that are built into ClamAV, as a signer. */
function legacySigner(): Signer {
  const name = "ClamAV's built-in keys"
  const fingerprint = createHash('sha256').update(vendorKeys.info.modulus.toString(16)).digest('hex')
  const anchor = { anchor: name, anchorFingerprint: fingerprint }
  return { name, fingerprint, ...anchor, method: 'clamav rsa-md5, rsa-pss-sha256', expired: false }
}
