import { lstatSync, readdirSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import { whoElseMayWrite } from '../../disk/who-may-write.ts'
import { DefsError } from '../../error.ts'
import type { Config, SourceConfig } from '../config.ts'
import { describeProblem, type Problem } from '../problem.ts'

/** A file, folder or program that the configuration trusts though others than root and the caller could change it. */
export interface UnsafeFile {
  /** Key path. */
  readonly key: string
  readonly path: string
  readonly message: string
}

/** Where ClamAV itself looks for the roots of `.sign`. */
export const usualCertificates = '/etc/clamav/certs'

// A folder of certificates or keys has a handful.
const mostInFolder = 1000

/**
 * What decides whom we believe or what we run, and could be changed by others: anchors, roots, keys, tokens, users of
 * the console, programs. Files that only say where something is fetched from, or hold a password of ours, are not among
 * them, nor is the configuration itself, which is judged where it is read. None with `trust.allowUnsafeFiles`.
 */
export function unsafeFiles(config: Config): UnsafeFile[] {
  if (config.trust.allowUnsafeFiles) return []
  const named = [...filesOf(config), ...programsOf(config).flatMap(programFiles)]
  return named.flatMap(([key, path]) => {
    if (path === null) return []
    const why = judge(path)
    return why === null ? [] : [{ key, path, message: `${why}: ${remedy(path)}` }]
  })
}

/**
 * Ends a run that would believe or start something that others could have changed.
 * @throws CONFIG_UNSAFE with one line for each in `facts.problems`
 */
export function refuseUnsafeFiles(config: Config): void {
  const found = unsafeFiles(config)
  const [first] = found
  if (first === undefined) return
  const problems = found.map(({ key, message }) => describeProblem({ path: key, line: null, message }))
  const more = found.length === 1 ? '' : ` (and ${found.length - 1} more)`
  throw new DefsError('CONFIG_UNSAFE', `${first.key}: ${first.message}${more}`, {
    path: first.path,
    problems,
  })
}

/**
 * Why others could put another folder in the place of the store: they may write to one above it. Null when they cannot,
 * when it is not there, and with `trust.allowUnsafeFiles`.
 */
export function storeWayFlaw({ store: { root }, trust }: Pick<Config, 'store' | 'trust'>): string | null {
  const owner = ownerOf(root)
  if (owner === null || trust.allowUnsafeFiles) return null
  const way = whoElseMayWrite(dirname(root), owner)
  if (way === null) return null
  return `${way}, so others could exchange ${root}: close what is above it to them (chown, chmod go-w)`
}

/**
 * The same, and why others could write to the store itself. Told and not refused: a set that anybody put there is
 * proved again by every run.
 */
export function storeFlaw(config: Pick<Config, 'store' | 'trust'>): string | null {
  const { root } = config.store
  const way = storeWayFlaw(config)
  if (way !== null || config.trust.allowUnsafeFiles) return way
  const owner = ownerOf(root)
  // Folders of another owner are a matter of their own.
  const own = [root, join(root, 'state')].filter((path) => owner !== null && ownerOf(path) === owner)
  const inside = own.map((path) => whoElseMayWrite(path, owner)).find((why) => why !== null)
  if (inside === undefined) return null
  return `${inside}, so others could decide what ${root} holds: close it to them (chown, chmod go-w)`
}

/** Null for what is not there or may not be looked at, which whoever uses it says better. */
function ownerOf(path: string): number | null {
  try {
    return lstatSync(path).uid
  } catch {
    return null
  }
}

/** The same as problems of the configuration. */
export function unsafeProblems(config: Config, lineOf: (key: string) => number | null): Problem[] {
  return unsafeFiles(config).map(({ key, message }) => ({ path: key, line: lineOf(key), message }))
}

/** What to do about a file that others could change. */
export function remedy(path: string): string {
  return `give ${path} and the folders above it to root or to who runs this, and close them to others (chown, chmod go-w), or set trust.allowUnsafeFiles`
}

type Named = readonly [key: string, path: string | null]

function filesOf(config: Config): Named[] {
  const { trust, network, serve, publish, fleet } = config
  return [
    ...trust.anchors.map((path): Named => ['trust.anchors', path]),
    ['trust.tufRoot', trust.tufRoot],
    ['network.authorities', network.authorities],
    ...[...config.sources.values()].flatMap(sourceFiles),
    ...config.events.sinks.map(
      (sink): Named => ['events.sinks', 'authorities' in sink ? sink.authorities : null],
    ),
    ['publish.keys', publish.keys],
    ['publish.passphraseFile', publish.passphraseFile],
    ['serve.certificate', serve.certificate],
    ['serve.key', serve.key],
    ['serve.tokens', serve.tokens],
    ['console.users', config.console?.users ?? null],
    ['console.certificate', config.console?.certificate ?? null],
    ['console.key', config.console?.key ?? null],
    ['console.tokens', config.console?.tokens ?? null],
    ['fleet.bus.credentials', fleet?.bus?.credentials ?? null],
    ['fleet.bus.ca', fleet?.bus?.ca ?? null],
    ['fleet.state', fleet?.controller?.state ?? null],
  ]
}

function sourceFiles(source: SourceConfig): Named[] {
  const at = `sources.${source.name}`
  // A key that is no key itself is the path of a file of keys.
  if (source.kind === 'rules' && source.minisign !== null && isAbsolute(source.minisign))
    return [[`${at}.minisign`, source.minisign]]
  if (source.kind !== 'clamav') return []
  const certificates = source.certificates ?? [usualCertificates]
  return certificates.map((path): Named => [`${at}.certificates`, path])
}

/** Every program that the configuration has run, with its arguments. */
export function programsOf(config: Config): [key: string, argv: readonly string[]][] {
  const { scanner, role, gate } = config
  return [
    ['scanner.argv', scanner.kind === 'command' ? scanner.argv : []],
    ['scanner.restart', scanner.kind === 'clamd' ? scanner.restart : []],
    ['scanner.watch', scanner.watch],
    ['role.command', role.command],
    ['gate.command', gate.command],
    ['gate.program', gate.program === null ? [] : [gate.program]],
    ...config.events.sinks.map((sink): [string, readonly string[]] => [
      'events.sinks',
      sink.kind === 'command' ? sink.argv : [],
    ]),
  ]
}

const interpreters = /^(?:env|sh|bash|dash|ash|ksh|zsh|python[\d.]*|perl[\d.]*|ruby[\d.]*|node|php[\d.]*)$/

/** The file of a program, and of the script that it interprets. */
function programFiles([key, argv]: readonly [string, readonly string[]]): Named[] {
  const [program, ...args] = argv
  if (program === undefined) return []
  const script = interpreters.test(basename(program)) ? args.find((text) => !text.startsWith('-')) : undefined
  // After `-c` stands text, which is no path.
  const path = script !== undefined && isAbsolute(script) ? script : null
  return [
    [key, onPath(program)],
    [key, path],
  ]
}

// As the system finds it when it is run.
function onPath(program: string): string | null {
  if (program.includes('/')) return isAbsolute(program) ? program : null
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute)
  for (const folder of folders) {
    const path = join(folder, program)
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path
  }
  return null
}

/** A folder is judged with all that lies in it. */
function judge(path: string): string | null {
  const why = whoElseMayWrite(path)
  if (why !== null || !isFolder(path)) return why
  let left = mostInFolder
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (left-- === 0) return null
    const inside = whoElseMayWrite(join(entry.parentPath, entry.name))
    if (inside !== null) return inside
  }
  return null
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
