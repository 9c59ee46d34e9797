import { lchown, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Role } from '../../console/session/role.ts'
import { putUser, readUsers, removeUser } from '../../console/session/users.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { type CommandResult, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface UserAddInput {
  readonly user: string
  readonly role: Role
  /** Its first line is the password; null to read it from stdin. */
  readonly passwordFile: string | null
}

/** Adds a user of the console, or gives another role and password. @throws CONFIG_*, USAGE_ARGUMENT, STORE_* */
export async function runUserAdd(input: UserAddInput, session: Session): Promise<CommandResult> {
  const { user, role, passwordFile } = input
  const file = await fileOf(session)
  await keepOwner(file, async () => putUser(file.path, user, role, await askPassword(passwordFile)))
  return { exitCode: 0, json: { user, role, changed: true }, lines: [`${user} may log in as ${role}`] }
}

export interface UserPasswordInput {
  readonly user: string
  readonly passwordFile: string | null
}

/** Gives a user another password; sessions with the old one end. @throws CONFIG_*, USAGE_ARGUMENT, STORE_* */
export async function runUserPassword(input: UserPasswordInput, session: Session): Promise<CommandResult> {
  const { user, passwordFile } = input
  const file = await fileOf(session)
  const known = readUsers(file.path).find((one) => one.user === user)
  if (!known) throw new DefsError('USAGE_ARGUMENT', `there is no user '${user}': see defs console user list`)
  await keepOwner(file, async () => putUser(file.path, user, known.role, await askPassword(passwordFile)))
  return {
    exitCode: 0,
    json: { user, role: known.role, changed: true },
    lines: [`${user} has a new password`],
  }
}

/** Takes a user away; sessions end at once. @throws CONFIG_*, STORE_* */
export async function runUserRemove(
  { user }: { readonly user: string },
  session: Session,
): Promise<CommandResult> {
  const file = await fileOf(session)
  const role = readUsers(file.path).find((one) => one.user === user)?.role ?? null
  if (role !== null) await keepOwner(file, () => removeUser(file.path, user))
  const line = role === null ? `there was no user ${user}` : `${user} may not log in any more`
  return { exitCode: 0, json: { user, role, changed: role !== null }, lines: [line] }
}

/** Lists the users of the console. @throws CONFIG_* */
export async function runUserList(_input: object, session: Session): Promise<CommandResult> {
  const { path } = await fileOf(session)
  const users = readUsers(path).map(({ user, role }) => ({ user, role }))
  const lines = users.length === 0 ? ['no users'] : tableLines(users.map(({ user, role }) => [user, role]))
  return { exitCode: 0, json: { users }, lines }
}

interface UsersFile {
  readonly path: string
  /** Folder of the store, whose owner reads the file as well. */
  readonly root: string
}

async function fileOf(session: Session): Promise<UsersFile> {
  const { config } = await session.load()
  if (config.console) return { path: config.console.users, root: config.store.root }
  throw new DefsError('CONFIG_INVALID', "no file of users is configured: write 'console: { users: FILE }'")
}

/** Changes a file that the daemon must go on reading, whoever changes it. */
async function keepOwner({ path, root }: UsersFile, change: () => Promise<unknown>): Promise<void> {
  const before = (await stat(path).catch(() => null)) ?? (await stat(root).catch(() => null))
  await change()
  if (before && process.getuid?.() === 0) await lchown(path, before.uid, before.gid)
}

/** The first line of a file, of what is piped in, or what is typed twice. @throws USAGE_ARGUMENT */
async function askPassword(file: string | null): Promise<string> {
  if (file !== null) {
    const text = await readNamed(file, limits.config).then(String, (cause: unknown) => {
      throw new DefsError('USAGE_ARGUMENT', `cannot read the password in ${file}`, { path: file, cause })
    })
    return firstLine(text)
  }
  if (process.stdin.isTTY !== true) return firstLine(await readPiped())
  const [first, second] = [await typed('Password: '), await typed('The same again: ')]
  if (first === second) return first
  throw new DefsError('USAGE_ARGUMENT', 'the two passwords differ: nothing was changed')
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

// No password is that long; what is piped in may be anything.
const longest = 64 * 1024

async function readPiped(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin) {
    text += piece
    if (text.includes('\n') || text.length > longest) break
  }
  return text
}

async function typed(question: string): Promise<string> {
  process.stderr.write(question)
  // Nothing of it is shown.
  const silent = new Writable({ write: (_piece, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await reader.question('')
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}
