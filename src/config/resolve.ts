import { isAbsolute, relative, sep } from 'node:path'
import { DefsError } from '../error.ts'
import { hideFromPrograms } from '../run-command.ts'
import { type CheckContext, type Shown, tableAt } from './check/context.ts'
import { checkFleet } from './check/fleet.ts'
import { checkMain, checkSchedule, type Overrides } from './check/main.ts'
import { sourceNameOf } from './check/source-name.ts'
import { checkSources } from './check/sources.ts'
import { checkRules } from './check/together.ts'
import { composeConfig } from './compose.ts'
import type { Config, SourceConfig } from './config.ts'
import { type ConfigDocument, readDocument } from './document.ts'
import { familyNames, familyRoot, familyView, onlyFamily } from './families.ts'
import { type FoundFile, findFile, type Whereabouts } from './find-file.ts'
import type { MainSettings } from './options/main.ts'
import { describeProblem, type Problem } from './problem.ts'
import { readSecret } from './secret.ts'
import { unknownVariables } from './variable.ts'

/** What a configuration is loaded from. */
export interface LoadRequest extends Omit<Whereabouts, 'explicit'> {
  /** `--config`. */
  readonly file: string | null
  /** Values of other flags, by key path. */
  readonly flags?: Readonly<Record<string, string>>
  /**
   * Whether passwords are read from their files and variables. Only the commands that go out need them, and
   * a monitor that runs `status` may not be allowed to read those files.
   */
  readonly secrets: boolean
  /** `--family`; null for the only one there is. */
  readonly family?: string | null
}

/** A configuration, and how it came about. */
export interface Loaded {
  readonly config: Config
  /** Every value in its read form with its origin, by key path; no password is among them. */
  readonly shown: ReadonlyMap<string, Shown>
  readonly warnings: readonly string[]
}

/** A configuration as far as it could be read, with everything that is wrong with it. */
export interface Checked extends Loaded {
  readonly problems: readonly Problem[]
}

/**
 * Finds, reads, checks and resolves the configuration.
 * @throws CONFIG_INVALID with one line for each problem in `facts.problems`; CONFIG_UNREADABLE, CONFIG_UNSAFE
 */
export async function loadConfig(request: LoadRequest): Promise<Loaded> {
  const { problems, ...loaded } = await checkConfig(request)
  if (problems.length > 0) throw configInvalid(loaded.config.file, problems)
  // Before anything is asked or run; commands that only look go on, and `doctor` tells.
  if (request.secrets) (await import('./check/trusted-files.ts')).refuseUnsafeFiles(loaded.config)
  return loaded
}

/** The error that names every problem of a configuration. */
export function configInvalid(file: string | null, problems: readonly Problem[]): DefsError {
  const what = problems.length === 1 ? 'has a problem' : `has ${problems.length} problems`
  return new DefsError('CONFIG_INVALID', `the configuration${file === null ? '' : ` ${file}`} ${what}`, {
    ...(file === null ? {} : { path: file }),
    problems: problems.map(describeProblem),
  })
}

/** Like {@link loadConfig}, but returns the problems. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
export async function checkConfig(request: LoadRequest): Promise<Checked> {
  const warnings: string[] = []
  const found = findFile({ ...request, explicit: request.file }, (text) => warnings.push(text))
  const whole = await openContext(found)
  const family = chosenFamily(familyNames(whole.document), request.family ?? null)
  const { context, root, below } =
    family === null
      ? { context: whole, root: tableAt(whole, [], whole.document?.data), below: null }
      : familyView(whole, family)

  const overrides = { flags: request.flags ?? {}, env: request.env, cwd: request.cwd }
  const read = checkMain(context, root, overrides)
  const sourceName = sourceNameIn(read, context.shown)
  const main = {
    ...read,
    'store.root': familyRoot(read['store.root'], below),
    'events.sourceName': sourceName,
  }
  const checked = checkSources(context, root['sources'])
  const schedule = checkSchedule(context, root['schedule'])
  const fleet = checkFleet(context, main)
  const around = { timeZone: main.timeZone, sourceName, fleet }
  const tables = main['events.sinks']
  // Most have none, and nobody else should wait for what knows their kinds.
  const { sinks, ...ofSinks } =
    tables.length === 0 ? noSinks : (await import('./check/sinks.ts')).readSinks(context, tables, around)
  warnings.push(...ofSinks.warnings)
  const textfile = main['metrics.textfile']
  if (textfile !== null && !textfile.endsWith('.prom'))
    warnings.push(`metrics.textfile is ${textfile}: node_exporter reads only files called *.prom`)
  const sourceNames = Object.keys(tableAt({ ...context, problems: [] }, ['sources'], root['sources']))
  // A file that could not be read at all would only be scolded for all that it lacks.
  const unread = context.document?.problems ?? []
  if (unread.length > 0) context.problems.push(...unread)
  else {
    checkRules(context, { main, sourceNames, sources: [...checked.values()], schedule })
  }

  const wanted = request.secrets && context.problems.length === 0
  const sources = new Map<string, SourceConfig>()
  for (const [name, source] of checked) {
    sources.set(name, wanted ? await withPassword(source, request, context.problems) : source)
  }
  const proxyPassword = await readSecret(
    {
      path: 'network',
      keys: { file: 'proxyPasswordFile', variable: 'proxyPasswordVariable' },
      file: wanted ? main['network.proxyPasswordFile'] : null,
      variable: wanted ? main['network.proxyPasswordVariable'] : null,
      given: main['network.proxy']?.password ?? null,
    },
    request.env,
    context.problems,
  )
  const passwordVariables = [
    ...[...checked.values()].map((source) => source.passwordVariable),
    ...ofSinks.variables,
    main['network.proxyPasswordVariable'],
  ]
  // Those of the other families as well: their programs run beside each other.
  hideFromPrograms([...passwordVariables, ...variablesNamedIn(whole.document?.data)])
  warnings.push(...unknownVariables(request.env, passwordVariables))
  const given = root['schedule'] === undefined || root['schedule'] === null ? null : schedule
  const families = rootsOf(whole, overrides)
  const config = composeConfig({
    file: found?.path ?? null,
    family: family ?? onlyFamily,
    families,
    shared: families.size === 0 ? main['store.root'] : sharedRoot(whole, overrides),
    main,
    sources,
    schedule: given,
    sinks,
    fleet,
    proxyPassword,
  })
  const problems = context.problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { config, shown: context.shown, warnings, problems }
}

const noSinks = { sinks: [], warnings: [], variables: [] }

/** Where the store of each family lies; none when the configuration is flat. */
function rootsOf(whole: CheckContext, overrides: Overrides): ReadonlyMap<string, string> {
  // Whatever is wrong with another family is said where that one is meant.
  const quiet = { ...whole, problems: [], shown: new Map() }
  return new Map(
    familyNames(whole.document).map((name) => {
      const { context, root, below } = familyView(quiet, name)
      return [name, familyRoot(checkMain(context, root, overrides)['store.root'], below)]
    }),
  )
}

/** `store.root` beside the families. */
function sharedRoot(whole: CheckContext, overrides: Overrides): string {
  const quiet = { ...whole, problems: [], shown: new Map() }
  const { families: _, schedule: _lines, ...rest } = tableAt(quiet, [], whole.document?.data)
  return checkMain(quiet, rest, overrides)['store.root']
}

/** Every family checked, with the problems of all. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
export async function checkFamilies(request: LoadRequest): Promise<Checked> {
  const [first, ...others] = await listFamilies(request)
  const checked = await checkConfig({ ...request, family: first ?? null })
  const roots = new Map([[checked.config.store.root, first]])
  const problems = [...checked.problems]
  for (const family of others) {
    const next = await checkConfig({ ...request, family })
    problems.push(...next.problems)
    const { root } = next.config.store
    const clash = [...roots].map(([other, of]) => clashOf(root, other, of)).find((text) => text !== null)
    if (clash) problems.push({ path: `families.${family}.store.root`, line: null, message: clash })
    roots.set(root, family)
  }
  const seen = new Set<string>()
  const once = problems.filter((one) => !seen.has(describeProblem(one)) && seen.add(describeProblem(one)))
  return { ...checked, problems: once }
}

/** Why two families cannot have these stores; null when they can. */
function clashOf(root: string, other: string, of: string | undefined): string | null {
  if (root === other) return `is that of '${of}', too: ${root}`
  if (isBelow(other, root)) return `lies in that of '${of}': ${root} in ${other}`
  return isBelow(root, other) ? `holds that of '${of}': ${other} in ${root}` : null
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The names of the families in the configuration; none when it is flat. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
export async function listFamilies(request: LoadRequest): Promise<readonly string[]> {
  const found = findFile({ ...request, explicit: request.file }, () => undefined)
  return familyNames(await documentOf(found))
}

/** The family that is meant; null for that of a flat configuration. */
function chosenFamily(names: readonly string[], wanted: string | null): string | null {
  if (names.length === 0) {
    if (wanted === null || wanted === onlyFamily) return null
    throw new DefsError('USAGE_ARGUMENT', `there is no family '${wanted}': the configuration has none`)
  }
  const [only = null, ...others] = names
  if (wanted === null && others.length === 0) return only
  if (wanted !== null && names.includes(wanted)) return wanted
  const which = wanted === null ? 'say which family is meant' : `there is no family '${wanted}'`
  throw new DefsError('USAGE_ARGUMENT', `${which}: --family ${names.join(', --family ')}`)
}

async function openContext(found: FoundFile | null): Promise<CheckContext> {
  return { file: found?.path ?? null, document: await documentOf(found), problems: [], shown: new Map() }
}

// A run asks which families there are, and then for each of them; the file is the same, and read-only once it is data.
let last: (FoundFile & { readonly document: ConfigDocument }) | null = null

async function documentOf(found: FoundFile | null): Promise<ConfigDocument | null> {
  if (found === null) return null
  if (last?.path !== found.path || last.text !== found.text)
    last = { ...found, document: await readDocument(found.path, found.text) }
  return last.document
}

async function withPassword(
  source: SourceConfig,
  request: LoadRequest,
  problems: Problem[],
): Promise<SourceConfig> {
  const password = await readSecret(
    {
      path: `sources.${source.name}`,
      keys: { file: 'passwordFile', variable: 'passwordVariable' },
      file: source.passwordFile,
      variable: source.passwordVariable,
      given: source.password,
    },
    request.env,
    problems,
  )
  return { ...source, password }
}

/** What the keys of a document that name variables of passwords say, wherever they stand. */
function variablesNamedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === 'string' && /passwordVariable$/i.test(key) ? [inner] : variablesNamedIn(inner),
  )
}

/** The name of the event source: what somebody says, else that of the product that somebody says, if it is known. */
function sourceNameIn(main: MainSettings, shown: Map<string, Shown>): string {
  const usual = main['events.sourceName']
  const isGiven = (path: string) => shown.get(path)?.origin !== 'default'
  if (isGiven('events.sourceName') || !isGiven('product.name')) return usual
  const name = sourceNameOf(main['product.name'])
  if (name === null) return usual
  shown.set('events.sourceName', { value: name, type: 'text', origin: 'product.name' })
  return name
}
