import type { Config } from '../config.ts'
import { type FleetConfig, type FleetPolicy, isCalendarDay, isToken, type RingPolicy } from '../fleet.ts'
import { formatDuration } from '../measure.ts'
import { type Nested, nest } from '../nested.ts'
import { fleetOptions, freezeOptions, ringOptions, windowOptions } from '../options/fleet.ts'
import type { MainSettings } from '../options/main.ts'
import type { Option, OptionRows, Settings } from '../options/option.ts'
import { isChannelName } from '../read-value.ts'
import { readSettings } from '../settings.ts'
import { type CheckContext, findInFile, keysOf, report, reportUnknown, type Table } from './context.ts'

type Keys = Nested<MainSettings>['fleet']

/** Keys that only a host has, and those that only the controller has. */
const hostKeys: readonly string[] = ['fleet.host', 'fleet.report.every', 'fleet.labels']
const sharedKeys: readonly string[] = [
  'fleet.name',
  'fleet.bus.servers',
  'fleet.bus.credentials',
  'fleet.bus.ca',
  'fleet.reports',
]

/**
 * Reads what a configuration says of a fleet: the controller's when it names `publish.keys`, else a host's. Keys of
 * the other one are reported. Null when there is no fleet.
 */
export function checkFleet(context: CheckContext, main: MainSettings): FleetConfig | null {
  // A key that says what would hold without it says nothing: the starter file lists them all.
  const given = Object.entries<Option>(fleetOptions).flatMap(([key, option]) => {
    const shown = context.shown.get(key)
    const said = shown && shown.origin !== 'default'
    return said && JSON.stringify(shown.value) !== JSON.stringify(option.default) ? [key] : []
  })
  if (given.length === 0) return null
  const name = main['fleet.name']
  if (name === null || !isToken(name)) {
    report(context, ['fleet', 'name'], "must be a name of letters, digits, '-' and '_'")
    return null
  }
  const controls = main['publish.keys'] !== null
  for (const key of given) {
    if (sharedKeys.includes(key) || hostKeys.includes(key) !== controls) continue
    const whose = controls
      ? 'is of a host: this configuration has publish.keys'
      : 'is of the controller: this configuration has no publish.keys'
    report(context, key.split('.'), whose)
  }
  const keys = nest(main).fleet
  const bus = keys.bus.servers.length === 0 ? null : keys.bus
  for (const [index, server] of keys.bus.servers.entries()) {
    if (!/^(tls|nats):\/\/[^/\s]+:\d{1,5}$/.test(server))
      report(context, ['fleet', 'bus', 'servers', index], "must be written 'tls://host:port'")
  }
  const { reports, state, every } = keys
  if (bus === null && reports === null)
    report(context, ['fleet', 'reports'], 'is missing: without a bus it names the folder of the reports')
  return {
    name,
    bus,
    reports: bus === null ? reports : null,
    host: controls ? null : hostOf(context, keys),
    controller: controls
      ? { state, every, policy: { ...policyOf(context, keys), name, timeZone: main.timeZone } }
      : null,
  }
}

/** What a fleet that works as it stands should be told all the same. */
export function fleetWarnings({ fleet, gate, scanner }: Config): string[] {
  const policy = fleet?.controller?.policy
  const least = gate.timeout + scanner.confirm
  if (!policy || policy.lostAfter >= least) return []
  return [
    `fleet.lostAfter is shorter than gate.timeout and scanner.confirm together (${formatDuration(least)}): hosts with these settings may count as lost while they work`,
  ]
}

function hostOf(context: CheckContext, { host: name, report: { every }, labels }: Keys): FleetConfig['host'] {
  if (!isToken(name))
    report(context, ['fleet', 'host'], "must be a name of letters, digits, '-' and '_', or auto")
  return { name, every, labels }
}

function policyOf(context: CheckContext, keys: Keys): Omit<FleetPolicy, 'name' | 'timeZone'> {
  const { host, report: _, labels, name, bus, reports, state, every, ...policy } = keys
  const { intake } = policy
  const rings = policy.rings.map((table, index) => ringOf(context, table, index))
  if (rings.length === 0) report(context, ['fleet', 'rings'], 'is missing: name at least one ring')
  if (!isChannelName(intake)) report(context, ['fleet', 'intake'], 'is no name of a channel')
  for (const [index, ring] of rings.entries()) {
    const others = rings.slice(0, index)
    if (others.some((one) => one.name === ring.name))
      report(context, ['fleet', 'rings', index, 'name'], `'${ring.name}' is the name of another ring`)
    if (ring.channel === intake || others.some((one) => one.channel === ring.channel))
      report(
        context,
        ['fleet', 'rings', index, 'channel'],
        `'${ring.channel}' is taken by another ring or the intake`,
      )
  }
  const known = rings.map((ring) => ring.name)
  const windows = policy.windows.map((table, index) => {
    const window = readElement(context, table, ['fleet', 'windows', index], windowOptions)
    if (window.ring !== '' && !known.includes(window.ring))
      report(context, ['fleet', 'windows', index, 'ring'], `there is no ring '${window.ring}'`)
    return window
  })
  const freeze = policy.freeze.map((table, index) => {
    const one = readElement(context, dated(table), ['fleet', 'freeze', index], freezeOptions)
    for (const key of ['from', 'to'] as const)
      if (one[key] !== '' && !isCalendarDay(one[key]))
        report(context, ['fleet', 'freeze', index, key], 'must be a day, written YYYY-MM-DD')
    if (one.to < one.from) report(context, ['fleet', 'freeze', index, 'to'], 'lies before the first day')
    return one
  })
  return { ...policy, rings, windows, freeze }
}

function ringOf(context: CheckContext, table: Table, index: number): RingPolicy {
  const place = ['fleet', 'rings', index]
  const ring = readElement(context, table, place, ringOptions)
  const name = ring.name ?? ''
  if (name !== '' && !isToken(name))
    report(context, [...place, 'name'], "must be a name of letters, digits, '-' and '_'")
  const channel = ring.channel ?? name
  if (channel !== '' && !isChannelName(channel))
    report(context, [...place, 'channel'], `'${channel}' is no name of a channel`)
  return { ...ring, name, channel }
}

// YAML takes an unquoted day for a date.
function dated(table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [
      key,
      value instanceof Date ? value.toISOString().slice(0, 10) : value,
    ]),
  )
}

function readElement<Rows extends OptionRows>(
  context: CheckContext,
  table: Table,
  place: readonly (string | number)[],
  rows: Rows,
): Settings<Rows> {
  reportUnknown(context, table, place, keysOf(rows))
  return readSettings({
    rows,
    find: (key) => findInFile(context, table, place, key),
    report: (key, message) => report(context, [...place, key], message),
    note: () => undefined,
  })
}
