import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { isMissing, writeFileAtomic } from '../../disk/atomic-file.ts'
import { readSmall } from '../../disk/foreign-file.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { isUserName } from './name.ts'
import { hashPassword, readHash } from './password.ts'
import { type Role, roles } from './role.ts'

/** Somebody who may log in. */
export interface User {
  readonly user: string
  readonly role: Role
  /** As `session/password.ts` keeps it. */
  readonly password: string
}

const heading = '# Users of the console, one `name role password` a line: change it by `defs console user`\n'

/**
 * Reads the file of users: none when it is not there.
 * @throws CONFIG_INVALID for a line of another form, CONFIG_UNREADABLE
 */
export function readUsers(path: string): User[] {
  const text = readText(path)
  const users: User[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const user = readLine(line)
    if (!user || users.some((other) => other.user === user.user)) {
      const why = user ? 'has a name that is there already' : "is no 'name role password'"
      throw new DefsError(
        'CONFIG_INVALID',
        `${path}: line ${index + 1} ${why}; write it by defs console user`,
        {
          path,
        },
      )
    }
    users.push(user)
  }
  return users
}

function readLine(line: string): User | null {
  const [user = '', name = '', password = '', ...rest] = line.trim().split(/\s+/)
  const role = roles.find((one) => one === name)
  if (!isUserName(user) || !role || !readHash(password) || rest.length > 0) return null
  return { user, role, password }
}

function readText(path: string): string {
  try {
    return readSmall(path, limits.config, 0).toString()
  } catch (cause) {
    if (cause instanceof Error && isMissing(cause.cause)) return ''
    throw new DefsError('CONFIG_UNREADABLE', `cannot read the users of the console in ${path}`, {
      path,
      cause,
    })
  }
}

/** Adds somebody, or gives another role and password. @throws CONFIG_*, USAGE_ARGUMENT, STORE_* */
export async function putUser(path: string, user: string, role: Role, password: string): Promise<boolean> {
  if (!isUserName(user)) {
    throw new DefsError(
      'USAGE_ARGUMENT',
      `'${user}' is no name of a user: up to 64 letters, digits, and . _ @ - after the first`,
    )
  }
  if (password === '') throw new DefsError('USAGE_ARGUMENT', 'an empty password is none')
  const users = readUsers(path)
  const known = users.some((one) => one.user === user)
  const changed = { user, role, password: await hashPassword(password) }
  await write(path, known ? users.map((one) => (one.user === user ? changed : one)) : [...users, changed])
  return !known
}

/** Takes somebody away; false when there was nobody of that name. @throws CONFIG_*, STORE_* */
export async function removeUser(path: string, user: string): Promise<boolean> {
  const users = readUsers(path)
  const left = users.filter((one) => one.user !== user)
  if (left.length === users.length) return false
  await write(path, left)
  return true
}

async function write(path: string, users: readonly User[]): Promise<void> {
  const lines = users.map(({ user, role, password }) => `${user} ${role} ${password}\n`)
  await writeFileAtomic(path, heading + lines.join(''), 0o600)
}

/** The users as they are at this moment. */
export interface Users {
  /** Null for nobody of that name. @throws CONFIG_* */
  readonly find: (name: string) => User | null
}

/** Opens a file of users; it is read again whenever it has changed. */
export function openUsers(path: string): Users {
  let read = ''
  let users: ReadonlyMap<string, User> = new Map()
  return {
    find(name) {
      const found = statSync(path, { throwIfNoEntry: false, bigint: true })
      const seen = found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none'
      if (seen !== read) {
        users = new Map(readUsers(path).map((user) => [user.user, user]))
        read = seen
      }
      return users.get(name) ?? null
    },
  }
}

/** Changes when the password does: a session counts only for the one it was opened with. */
export function stampOf({ user, password }: User): string {
  return createHash('sha256').update(`${user}\n${password}`).digest('base64url').slice(0, 22)
}
