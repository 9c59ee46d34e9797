import { isAbsolute } from 'node:path'
import { csapiOf } from '../compose.ts'
import type { ScheduleConfig, SourceConfig } from '../config.ts'
import { whyApart } from '../lineage.ts'
import type { MainSettings } from '../options/main.ts'
import { options } from '../options/main.ts'
import type { Option } from '../options/option.ts'
import { didYouMean } from '../problem.ts'
import { hostAndPort, isLoopback } from '../read-value.ts'
import { type CheckContext, pathOf, report } from './context.ts'
import { checkProxyLogin } from './proxy-login.ts'

/** What the rules look at: everything, and the names of the sources whether those are right or not. */
export interface Whole {
  readonly main: MainSettings
  readonly sourceNames: readonly string[]
  /** Those of them that are right. */
  readonly sources: readonly SourceConfig[]
  readonly schedule: readonly ScheduleConfig[]
}

type Rule = (context: CheckContext, whole: Whole) => void

const rules: readonly Rule[] = [
  namesAreSources,
  partsArePacks,
  oneLineage,
  anchorsForSources,
  scannerKeys,
  somethingToWatch,
  zoneIsKnown,
  oneRole,
  gateHasEngine,
  consoleIsSafe,
  ringFromCard,
  journalSomewhere,
  forwardIsPlace,
  versionIsNumber,
]

/** Checks what no single key can tell. */
export function checkRules(context: CheckContext, whole: Whole): void {
  for (const rule of rules) rule(context, whole)
}

function namesAreSources(context: CheckContext, { main, sourceNames, schedule }: Whole): void {
  const check = (name: string | null, place: readonly (string | number)[]) => {
    if (name === null || sourceNames.includes(name)) return
    reportValue(context, place, `there is no source '${name}'${didYouMean(name, sourceNames)}`)
  }
  check(main.default, ['default'])
  for (const [index, name] of main.fallback.entries()) check(name, ['fallback', index])
  for (const [index, entry] of schedule.entries()) check(entry.source, ['schedule', index, 'source'])
}

// What is put together has to be of one sort, and there is no way around the whole then.
function partsArePacks(context: CheckContext, { main, sourceNames, sources }: Whole): void {
  const { parts } = main
  for (const [index, name] of parts.entries()) {
    const source = sources.find((one) => one.name === name)
    if (!sourceNames.includes(name))
      reportValue(context, ['parts', index], `there is no source '${name}'${didYouMean(name, sourceNames)}`)
    else if (source && source.kind !== 'rules')
      reportValue(context, ['parts', index], `'${name}' is of kind ${source.kind}: parts are packs of rules`)
    else if (parts.indexOf(name) !== index)
      reportValue(context, ['parts', index], `names '${name}' once more`)
  }
  if (parts.length === 0) return
  if (main.default !== null && !parts.includes(main.default))
    reportValue(context, ['default'], 'stands beside parts, which are fetched together: leave it out')
  if (main.fallback.length > 0)
    reportValue(context, ['fallback'], 'stands beside parts: each of them keeps its last good copy')
}

// Rule: one store, one line of definitions. Stops: rules in the place of antivirus definitions, whose date then keeps the
// right ones away.
function oneLineage(context: CheckContext, { sources }: Whole): void {
  const [first, ...others] = sources
  for (const source of others) {
    const why = first && whyApart(first, source)
    if (!why) continue
    const text = `belongs to another family: ${why}; a store holds one: put each below families`
    report(context, ['sources', source.name], text)
  }
}

// Without an anchor nothing can be proved authentic, so every update would be refused in the end.
function anchorsForSources(context: CheckContext, { main, sourceNames, sources }: Whole): void {
  if (main['trust.anchors'].length > 0) return
  const broken = sourceNames.filter((name) => sources.every((source) => source.name !== name))
  const kinds = broken.map((name) => context.shown.get(`sources.${name}.kind`)?.value)
  if (!sources.some(needsAnchors) && kinds.every((kind) => ownProofs.includes(kind))) return
  reportValue(
    context,
    ['trust', 'anchors'],
    'is missing: without a pinned certificate no set can be proved authentic',
  )
}

function scannerKeys(context: CheckContext, { main }: Whole): void {
  const kind = main['scanner.kind']
  const rows: [string, Option][] = Object.entries(options)
  for (const [path, { only }] of rows) {
    if (only === undefined) continue
    const shown = context.shown.get(path)
    const given = shown !== undefined && shown.origin !== 'default'
    if (!only.includes(kind) && given)
      reportValue(context, path.split('.'), `has a meaning only with scanner.kind ${only.join(' or ')}`)
  }
  const needed = { direct: null, csapi: 'path', clamd: 'socket', suricata: 'socket', command: 'argv' }[kind]
  const known = kind === 'csapi' && csapiOf(main) !== null
  const missing = needed !== null && !known && context.shown.get(`scanner.${needed}`)?.origin === 'default'
  if (missing) reportValue(context, ['scanner', needed], `is missing: scanner.kind ${kind} needs it`)
  if (kind === 'suricata' && hostAndPort.test(main['scanner.socket'] ?? ''))
    reportValue(context, ['scanner', 'socket'], 'must be a path: Suricata listens on a Unix socket only')
  const empty = kind === 'command' && !missing && main['scanner.argv'].length === 0
  if (empty) reportValue(context, ['scanner', 'argv'], 'must name a program')
}

// Samples that nothing would ever scan would pass for a check.
function gateHasEngine(context: CheckContext, { main }: Whole): void {
  const engine = main['gate.engine']
  if (engine === 'clamscan' || (engine === 'auto' && main['scanner.kind'] === 'clamd')) return
  for (const key of ['program', 'detect', 'eicar', 'clean'] as const) {
    const value = main[`gate.${key}`]
    const given = Array.isArray(value) ? value.length > 0 : Boolean(value)
    if (given) reportValue(context, ['gate', key], 'has a meaning only with gate.engine clamscan')
  }
}

// A window in which nothing is looked at would confirm everything.
function somethingToWatch(context: CheckContext, { main }: Whole): void {
  const watched =
    main['scanner.kind'] === 'clamd' ||
    main['scanner.kind'] === 'suricata' ||
    main['scanner.watch'].length > 0 ||
    main['scanner.detections.log'] !== null
  if (main['scanner.confirm'] === 0 || watched) return
  const text = `has nothing to watch: scanner.kind ${main['scanner.kind']} needs scanner.watch or scanner.detections.log`
  reportValue(context, ['scanner', 'confirm'], text)
}

function oneRole(context: CheckContext, { main }: Whole): void {
  const given = context.shown.get('role.is')?.origin !== 'default'
  if (given && main['role.command'].length > 0) {
    reportValue(context, ['role', 'command'], 'stands beside a fixed role: use one or the other')
  }
}

// Passwords are not sent in the clear, and a console nobody may log in to is none.
function consoleIsSafe(context: CheckContext, { main }: Whole): void {
  if (main['console.users'] === null) {
    // A starter file names every key; what is other than usual was written by somebody who wants a console.
    const wanted =
      main['console.listen'] !== options['console.listen'].default || main['console.certificate'] !== null
    if (wanted) reportValue(context, ['console', 'users'], 'is missing: without users there is no console')
    return
  }
  const host = hostAndPort.exec(main['console.listen'])?.[1]
  const [certificate, key] = [main['console.certificate'], main['console.key']]
  if (host === undefined) reportValue(context, ['console', 'listen'], 'is no host:port')
  else if (certificate === null && !isLoopback(host)) {
    const text =
      'would send passwords in the clear: write console.certificate and console.key, or listen at 127.0.0.1'
    reportValue(context, ['console', 'listen'], text)
  }
  if ((certificate === null) !== (key === null)) {
    reportValue(
      context,
      ['console', certificate === null ? 'certificate' : 'key'],
      'is missing: HTTPS needs both',
    )
  }
  checkProxyLogin(main, (name, message) => reportValue(context, ['console', name], message))
}

// A value of a flag or variable has no line, even when the file has the key too.
function reportValue(context: CheckContext, place: readonly (string | number)[], message: string): void {
  const key = pathOf(place.filter((part, index) => index === 0 || typeof part === 'string'))
  const origin = context.shown.get(key)?.origin ?? ''
  if (origin === 'flag' || origin.startsWith('variable ')) {
    context.problems.push({ path: pathOf(place), line: null, message: `${message} (from ${origin})` })
  } else {
    report(context, place, message)
  }
}

function zoneIsKnown(context: CheckContext, { main }: Whole): void {
  if (main.timeZone === null) return
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: main.timeZone })
  } catch {
    reportValue(
      context,
      ['timeZone'],
      `there is no time zone '${main.timeZone}': use an IANA name, as Europe/Berlin`,
    )
  }
}

/** Kinds that have proofs of their own, so that `trust.anchors` may be empty. */
const ownProofs: readonly unknown[] = ['clamav', 'rules'] satisfies SourceConfig['kind'][]

/** Whether what a source delivers can be proved only by `trust.anchors`; other kinds have proofs of their own. */
export function needsAnchors(source: SourceConfig): boolean {
  if (source.kind === 'clamav') return false
  return source.kind === 'rules' ? source.pkcs7 : true
}

// The card of a fleet is a target of the metadata: without a pinned root nobody vouches for it.
function ringFromCard(context: CheckContext, { main, sources }: Whole): void {
  for (const source of sources) {
    if (source.kind !== 'internal' || source.channel !== 'auto') continue
    const place = ['sources', source.name, 'channel']
    if (main['fleet.name'] === null)
      reportValue(context, place, "'auto' needs fleet.name: the card of that fleet tells the ring")
    if (main['trust.tufRoot'] === null)
      reportValue(context, place, "'auto' needs trust.tufRoot: the card of the fleet is proved by it")
  }
}

// Without a journal and without a receiver nobody would ever know what has happened.
function journalSomewhere(context: CheckContext, { main }: Whole): void {
  if (main['events.journal.enabled'] || main['events.sinks'].length > 0) return
  const text = 'leaves events nowhere: name a receiver in events.sinks first'
  reportValue(context, ['events', 'journal', 'enabled'], text)
}

// Rule: numbers decide of events and of the way to the scanner. Stops: a name that would count as version 0.
function versionIsNumber(context: CheckContext, { main }: Whole): void {
  if (/^\d/.test(main['product.version'])) return
  reportValue(context, ['product', 'version'], "must begin with a number, as in '6.5.8'")
}

function forwardIsPlace(context: CheckContext, { main }: Whole): void {
  const place = main['quarantine.forward']
  if (place === null || isAbsolute(place) || (URL.canParse(place) && /^https?:/.test(place))) return
  const text = 'is neither an absolute folder nor an http or https address'
  reportValue(context, ['quarantine', 'forward'], text)
}
