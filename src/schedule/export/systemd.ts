import type { ScheduleConfig } from '../../config/config.ts'
import { entriesOf, type Job, jobOf, jobsOf, type Rule, ruleOf } from '../rule.ts'
import {
  type ClockGroup,
  clockGroups,
  commandFor,
  type ExportedFile,
  type Installation,
  purposeOf,
  refuseControl,
  unitName,
} from './exported-file.ts'

/** What the units need to know of the machine. Their jitter is systemd's own, so `host` plays no part. */
export interface SystemdInstallation extends Installation {
  /** IANA name; null for the zone of the machine. */
  readonly timeZone: string | null
  /** Folders the run writes to: the root of the store, and what its scanner needs. They must exist. */
  readonly writable: readonly string[]
  /** Account to run as; null for root. */
  readonly user: string | null
}

/**
 * One service for each job, one timer for each entry of the schedule (systemd 247 or newer, for a random
 * delay that stays the same on one host). Times that summer time skips are systemd's to interpret.
 * @throws USAGE_ARGUMENT when an argument holds a control character
 */
export function exportSystemd(
  entries: readonly ScheduleConfig[],
  installation: SystemdInstallation,
): ExportedFile[] {
  return jobsOf(entries).flatMap((job) => {
    const unit = unitName(job, installation)
    const timers = entriesOf(entries, job).map((entry, index) => {
      const name = `${unit}${index === 0 ? '' : `-${index + 1}`}.timer`
      return file(name, timerText(entry, unit, installation))
    })
    return [file(`${unit}.service`, serviceText(job, installation)), ...timers]
  })
}

function file(name: string, text: string): ExportedFile {
  return { name, text, encoding: 'utf8' }
}

function timerText(entry: ScheduleConfig, unit: string, installation: SystemdInstallation): string {
  const delay = Math.floor(entry.jitter / 1000)
  return unitText([
    ['Unit', [`Description=Times of: ${purposeOf(jobOf(entry), installation)}`]],
    [
      'Timer',
      [
        ...onCalendar(ruleOf(entry), installation.timeZone).map((event) => `OnCalendar=${event}`),
        // A run missed while the machine was off is caught up once.
        'Persistent=true',
        ...(delay > 0 ? [`RandomizedDelaySec=${delay}s`, 'FixedRandomDelay=true'] : []),
        `Unit=${unit}.service`,
      ],
    ],
    ['Install', ['WantedBy=timers.target']],
  ])
}

/*
 * No MemoryDenyWriteExecute: the JavaScript engine writes the code it runs. AF_UNIX is for a scanner's socket,
 * the capabilities for handing sets to the group of the store.
 */
const hardening = [
  'NoNewPrivileges=true',
  'CapabilityBoundingSet=CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE',
  'LockPersonality=true',
  'PrivateDevices=true',
  'PrivateTmp=true',
  'ProtectClock=true',
  'ProtectControlGroups=true',
  'ProtectHome=read-only',
  'ProtectHostname=true',
  'ProtectKernelLogs=true',
  'ProtectKernelModules=true',
  'ProtectKernelTunables=true',
  'ProtectSystem=strict',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
  'RestrictNamespaces=true',
  'RestrictRealtime=true',
  'RestrictSUIDSGID=true',
  'SystemCallArchitectures=native',
  'UMask=0027',
]

function serviceText(job: Job, installation: SystemdInstallation): string {
  const { writable, user } = installation
  const command = commandFor(job, installation).map((part) => quote(part).replaceAll('$', '$$$$'))
  return unitText([
    [
      'Unit',
      [
        `Description=${purposeOf(job, installation)}`,
        'Wants=network-online.target',
        'After=network-online.target',
      ],
    ],
    [
      'Service',
      [
        'Type=oneshot',
        `ExecStart=${command.join(' ')}`,
        // Another run is at work, or the source asked to wait: nothing an operator must be woken for.
        'SuccessExitStatus=10 11',
        'Nice=10',
        ...(user === null ? [] : [`User=${refuseControl([user])[0]}`]),
        ...refuseControl(writable).map((path) => `ReadWritePaths=${quote(path)}`),
        ...hardening,
      ],
    ],
  ])
}

function unitText(sections: readonly (readonly [string, readonly string[]])[]): string {
  return sections.map(([name, lines]) => [`[${name}]`, ...lines, ''].join('\n')).join('\n')
}

/** One word of a unit file: `%` starts a specifier, quotes and backslashes have their meaning in C. */
function quote(text: string): string {
  const plain = text.replaceAll('%', '%%')
  if (/^[\w%+,./:=@$-]+$/.test(plain)) return plain
  return `"${plain.replace(/["\\]/g, '\\$&')}"`
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/**
 * A rule as calendar events of systemd (systemd.time(7)); the timer fires at each of them.
 * @param timeZone an IANA name; null for the zone of the machine
 */
export function onCalendar(rule: Rule, timeZone: string | null): string[] {
  const zone = timeZone === null ? '' : ` ${timeZone}`
  return clockGroups(rule.times).flatMap((group) =>
    daysOf(rule).map((days) => `${days} ${timeOf(group)}${zone}`),
  )
}

function daysOf({ months, days, weekdays: week, either }: Rule): string[] {
  const named = week === null ? '' : `${week.map((day) => weekdays[day]).join(',')} `
  const month = list(months ?? [])
  const any = `*-${month}-*`
  const dated = `*-${month}-${list(days ?? [])}`
  // Weekday and date must both fit in one event, so either of them takes two events.
  return either ? [dated, `${named}${any}`] : [`${named}${dated}`]
}

function timeOf({ hours, minutes, seconds }: ClockGroup): string {
  const all = (numbers: readonly number[], most: number) => list(numbers.length === most ? [] : numbers)
  return `${all(hours, 24)}:${all(minutes, 60)}:${all(seconds, 60)}`
}

/** Two digits each; none stands for all. */
function list(numbers: readonly number[]): string {
  return numbers.length === 0 ? '*' : numbers.map((number) => String(number).padStart(2, '0')).join(',')
}
