import type { DatabaseContents, DatabaseMember } from '../../archive/clamav/database.ts'
import { DefsError } from '../../error.ts'
import type { ClamavClaim, ClamavTrust, ContentsProof } from './clamav-trust.ts'
import { type DatabaseList, readDatabaseList } from './database-list.ts'

const suffix = '.info'
// Each has its own contents; a site that gets one for another misses what it asked for.
const official = new Set(['main', 'daily', 'bytecode'])

/**
 * Proves what is in a database, unpacked or patched: the `.info` is signed, every member is what it says, and
 * name and version are those that were offered.
 * @throws TRUST_GUARD_MISSING without `.info`; TRUST_SIGNATURE_MISSING, TRUST_SIGNATURE, TRUST_GUARD_INVALID for
 *   a bad one; TRUST_DIGEST, TRUST_FILE_MISSING, TRUST_FILE_UNLISTED; TRUST_SET_NAME for another name or version
 */
export function proveContents(
  contents: DatabaseContents,
  claim: ClamavClaim,
  { keys }: Pick<ClamavTrust, 'keys'>,
): ContentsProof {
  const { info } = contents
  // Rule: no list, no trust. Stops: dropping the list to get around it.
  if (!info) {
    throw new DefsError('TRUST_GUARD_MISSING', `${claim.name} has no .info: nothing says what belongs to it`)
  }
  const list = readDatabaseList(info.bytes, info.file, keys.info)
  checkMembers(list, contents.members, info.file)
  const name = info.file.slice(0, -suffix.length)
  checkClaim(name, list, claim)
  const { version, signatures, functionalityLevel, builtAt, line } = list.header
  return { name, version, signatures, functionalityLevel, builtAt, line }
}

function checkMembers(list: DatabaseList, members: readonly DatabaseMember[], info: string): void {
  const seen = new Set<string>()
  for (const { name, bytes, sha256 } of members) {
    if (name === info || name === 'COPYING') continue
    const entry = list.files.get(name)
    // Rule: what the list does not name does not belong. Stops: signatures slipped in beside the signed ones.
    if (!entry)
      throw new DefsError('TRUST_FILE_UNLISTED', `'${name}' is not listed in ${info}`, { path: name })
    if (entry.bytes !== bytes || entry.sha256 !== sha256) {
      throw new DefsError('TRUST_DIGEST', `'${name}' is not what ${info} says: fetch it again`, {
        path: name,
      })
    }
    seen.add(name)
  }
  for (const name of list.files.keys()) {
    // Rule: what the list names is there. Stops: leaving out the file that knows the new threat.
    if (seen.has(name)) continue
    throw new DefsError('TRUST_FILE_MISSING', `'${name}' is listed in ${info}, but missing`, { path: name })
  }
}

function checkClaim(name: string, { header }: DatabaseList, claim: ClamavClaim): void {
  // Rule: a renamed database is fine (sites do that), an official one under another name is not. Stops: main
  // served as daily, all of it honestly signed.
  if (name !== claim.name && official.has(name)) {
    throw new DefsError('TRUST_SET_NAME', `offered as ${claim.name}, but it is ${name}`)
  }
  // Rule: the signed version is the one advertised. Stops: an old database served under a new number.
  if (claim.version !== null && claim.version !== header.version) {
    const message = `${claim.name} was offered as version ${claim.version}, but it is ${header.version}`
    throw new DefsError('TRUST_SET_NAME', message)
  }
}
