import { limits } from '../../limits.ts'
import type { Grade } from '../../set-name.ts'
import type { OptionRows } from './option.ts'

const minute = 60_000
const hour = 60 * minute
// Timers count milliseconds in 31 bits, which is not quite 25 days.
const longest = 20 * 24 * hour

/** Who uses the definitions, how it is told, and how it is watched afterwards. */
export const scannerOptions = {
  'scanner.kind': {
    type: 'choice',
    default: 'direct',
    values: ['direct', 'csapi', 'clamd', 'suricata', 'command'],
    description: 'Who uses the definitions.',
  },
  'scanner.path': {
    type: 'path',
    default: null,
    only: ['csapi'],
    description: 'Folder the scanner loads its copy from; the Windows layouts know theirs.',
  },
  'scanner.socket': {
    type: 'socket',
    default: null,
    only: ['clamd', 'suricata'],
    description:
      'Socket of clamd, a path or `host:port`; or the command socket of Suricata (`unix-command` in suricata.yaml), a path.',
  },
  'scanner.canary': {
    type: 'path',
    default: null,
    only: ['clamd'],
    description:
      'Sample that must be detected: the proof for sets that have no `daily` database and no canary of their own.',
  },
  'scanner.restart': {
    type: 'texts',
    default: [],
    only: ['clamd'],
    description:
      'Program and its arguments, run without a shell, that starts clamd anew after a set that it did not survive was taken back.',
  },
  'scanner.conf': {
    type: 'path',
    default: null,
    only: ['clamd'],
    description:
      'Its `clamd.conf`, read for `DatabaseDirectory`, `User` and the like; that of the clamd which runs with this socket, or of a usual place, when not set.',
  },
  'scanner.argv': {
    type: 'texts',
    default: [],
    only: ['command'],
    description: 'Program and its arguments, run without a shell; `{set}` stands for the folder of the set.',
  },
  'scanner.timeout': {
    type: 'duration',
    default: null,
    least: 1000,
    most: longest,
    only: ['clamd', 'suricata', 'command'],
    description:
      'How long clamd or Suricata may take to load a set (`3m` when not set), or that program to end (`1m`).',
  },
  'scanner.confirm': {
    type: 'duration',
    default: 0,
    least: 0,
    most: 4 * hour,
    description:
      'How long the scanner is watched after it took a set: when it fails, the previous set comes back; `0s` is off.',
  },
  'scanner.grace': {
    type: 'duration',
    default: 5 * minute,
    least: 0,
    most: longest,
    description:
      'How long the scanner may be away (a restart, a reload) before the verdict says that the set is not in use.',
  },
  'scanner.watch': {
    type: 'texts',
    default: [],
    description:
      'Program and its arguments, run without a shell meanwhile: status 0 says that the scanner is well.',
  },
  'scanner.detections.log': {
    type: 'path',
    default: null,
    description: 'Log of the scanner whose lines ending in ` FOUND` are counted meanwhile.',
  },
  'scanner.detections.most': {
    type: 'integer',
    default: limits.detections,
    least: 1,
    description: 'More such lines than this in the time of `scanner.confirm` are a burst of false alarms.',
  },
} as const satisfies OptionRows

/**
 * How far a set may differ from the one before it of the same grade: percent that may be missing, and how many times
 * as much it may be. Stricter for rapid sets, which their maker tests less (docs/domain.md section 3); 0 is
 * without bound.
 */
const byGrade = {
  certified: { shrink: 80, growth: 100 },
  rapid: { shrink: 60, growth: 20 },
} as const satisfies Record<Grade, { shrink: number; growth: number }>

// Timers count milliseconds in 31 bits, which is not quite 25 days.
/** The keys of `gate`, which judges a set before it becomes current; part of the option table. */
export const gateOptions = {
  'gate.engine': {
    type: 'choice',
    default: 'auto',
    values: ['auto', 'clamscan', 'none'],
    description:
      'What has to load a set before it becomes current; `auto` is `clamscan` with `scanner.kind: clamd` where it is installed. `--allow` and `--force` never skip it.',
  },
  'gate.program': {
    type: 'path',
    default: null,
    description: 'The program `clamscan`; the one on the `PATH` when not set.',
  },
  'gate.detect': {
    type: 'paths',
    default: [],
    description: 'Files and folders of samples; the engine must detect every one. `--allow SET` overrules.',
  },
  'gate.eicar': {
    type: 'boolean',
    default: false,
    description: 'Whether the engine must detect the EICAR test file, too; it is made when it is needed.',
  },
  'gate.clean': {
    type: 'paths',
    default: [],
    description:
      'Files and folders known to be clean; a set that detects anything in them is refused. `--allow SET` overrules.',
  },
  'gate.timeout': {
    type: 'duration',
    default: limits.gateTimeout,
    least: 1000,
    most: longest,
    description: 'How long each program of the gate may take; after that the set is refused this time.',
  },
  'gate.memory': {
    type: 'bytes',
    default: limits.gateMemory,
    least: 0,
    description: 'Address space of the engine, where `prlimit` is installed; 0 is without bound.',
  },
  'gate.command': {
    type: 'texts',
    default: [],
    description:
      'Program and its arguments, run without a shell; `{set}` stands for the folder of the set, status 0 passes. `--allow SET` overrules.',
  },
  'gate.shrink.certified': {
    type: 'integer',
    default: byGrade.certified.shrink,
    least: 0,
    most: 100,
    description:
      'Percent of bytes, files or signatures that a certified set may lack against the one before it; 0 is without bound. `--force` and `--allow SET` overrule.',
  },
  'gate.shrink.rapid': {
    type: 'integer',
    default: byGrade.rapid.shrink,
    least: 0,
    most: 100,
    description: 'The same for a rapid set, compared with rapid ones only.',
  },
  'gate.allowed': {
    type: 'integer',
    default: 50,
    least: 0,
    most: 100,
    description:
      'Percent of its lines that an allow list of ClamAV (`.ign`, `.ign2`, `.fp`, `.sfp`, `.wdb`, in databases too) may lack against the set before; 0 is without bound. `--force` and `--allow SET` overrule.',
  },
  'gate.growth.certified': {
    type: 'integer',
    default: byGrade.certified.growth,
    least: 0,
    most: 1_000_000,
    description: 'How many times as much a certified set may hold as the one before it; 0 is without bound.',
  },
  'gate.growth.rapid': {
    type: 'integer',
    default: byGrade.rapid.growth,
    least: 0,
    most: 1_000_000,
    description: 'The same for a rapid set.',
  },
  'gate.growth.from': {
    type: 'bytes',
    default: limits.gateGrowthFrom,
    least: 0,
    description: 'Growth is judged only of sets that are larger than this.',
  },
} as const satisfies OptionRows
