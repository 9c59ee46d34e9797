import { readFileSync } from 'node:fs'
import { DefsError } from '../error.ts'

/** A user by number, with the group that files made by it get. */
export interface UserNumbers {
  readonly uid: number
  readonly gid: number
}

/** What Node.js has for it where the system knows users by number. */
interface Rights {
  readonly setgroups?: (groups: readonly number[]) => void
  readonly initgroups?: (user: string, group: number) => void
  readonly setgid?: (group: number) => void
  readonly setuid?: (user: number) => void
}

/**
 * Gives up the rights of root for good and goes on as another user, in every thread: with the groups the system lists
 * for it, and its own group where the system knows that. Programs started later run as that user, too. Files it makes
 * belong to it without any change of owner afterwards, which could be led astray by a link.
 * @returns the name of the user, or its number where the system has no name
 * @throws STORE_PERMISSION when the system does not allow it
 */
export function becomeUser({ uid, gid }: UserNumbers): string {
  const { setgroups, initgroups, setgid, setuid }: Rights = process
  const known = passwordLine(uid)
  const own = known?.gid ?? gid
  try {
    if (known !== null) initgroups?.(known.name, own)
    else setgroups?.([own])
    setgid?.(own)
    setuid?.(uid)
  } catch (cause) {
    throw new DefsError('STORE_PERMISSION', `cannot go on as the user ${nameOf(uid)}: run it as that user`, {
      cause,
    })
  }
  return known?.name ?? nameOf(uid)
}

/** The name of a user of this machine; else its number. */
export function nameOf(uid: number): string {
  return uid === 0 ? 'root' : (passwordLine(uid)?.name ?? String(uid))
}

function passwordLine(uid: number): { readonly name: string; readonly gid: number } | null {
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [name, , user, group] = line.split(':')
      if (name && user === String(uid)) return { name, gid: Number(group) }
    }
  } catch {
    // A container may have no such file.
  }
  return null
}
