import { limits } from '../limits.ts'
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
    values: ['direct', 'csapi', 'clamd', 'command'],
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
    only: ['clamd'],
    description: 'Socket of clamd: a path, or `host:port`.',
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
    only: ['clamd', 'command'],
    description: 'How long clamd may take to load a set (`3m` when not set), or that program to end (`1m`).',
  },
  'scanner.confirm': {
    type: 'duration',
    default: 0,
    least: 0,
    most: 4 * hour,
    description:
      'How long the scanner is watched after it took a set: when it fails, the previous set comes back; `0s` is off.',
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
