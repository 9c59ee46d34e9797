import type { OptionRows } from './option.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Options of a fleet: those of a host, and those of the controller; part of the option table. */
export const fleetOptions = {
  'fleet.name': {
    type: 'text',
    default: null,
    description: 'Name of the fleet, the same for its hosts and its controller; without it there is none.',
  },
  'fleet.host': {
    type: 'text',
    default: 'auto',
    description: "Name of this host in the fleet; `auto` is made of the machine's id. A host's.",
  },
  'fleet.bus.servers': {
    type: 'texts',
    default: [],
    description: 'NATS servers, `tls://host:port`; `bus: none` (no server) means reports as files.',
  },
  'fleet.bus.credentials': {
    type: 'path',
    default: null,
    description: 'Credentials for the bus; a host has its token here and no secret.',
  },
  'fleet.bus.ca': { type: 'path', default: null, description: 'PEM authorities of the NATS servers.' },
  'fleet.reports': {
    type: 'path',
    default: null,
    description: 'With `bus: none`: folder of the reports, one file a host.',
  },
  'fleet.report.every': {
    type: 'duration',
    default: 15 * minute,
    least: second,
    most: day,
    description: "How often a host reports with nothing new. A host's.",
  },
  'fleet.labels': { type: 'labels', default: {}, description: "What a ring may choose by. A host's." },
  'fleet.state': {
    type: 'path',
    default: null,
    description: "Folder of the controller; `fleet` beside the tree when not set. The controller's.",
  },
  'fleet.intake': {
    type: 'text',
    default: 'intake',
    description: "Channel that new sets are published to and no host reads. The controller's.",
  },
  'fleet.every': {
    type: 'duration',
    default: 10 * second,
    least: second,
    most: hour,
    description: "How often folder and tree are looked at. The controller's.",
  },
  'fleet.lostAfter': {
    type: 'duration',
    default: 20 * minute,
    least: second,
    most: 7 * day,
    description: "A host that takes a set and then says nothing for so long is lost. The controller's.",
  },
  'fleet.spread': {
    type: 'duration',
    default: 10 * minute,
    least: 0,
    most: day,
    description: "Hosts that are woken ask after a random part of it. The controller's.",
  },
  'fleet.onHalt': {
    type: 'choice',
    default: 'demote',
    values: ['demote', 'pause-all'],
    description: "Whether newer sets may ride after a halt, or somebody must resume. The controller's.",
  },
  'fleet.urgent.soak': {
    type: 'duration',
    default: 10 * minute,
    least: 0,
    most: 7 * day,
    description: "Longest soak time of a set that is urgent. The controller's.",
  },
  'fleet.rings': {
    type: 'tables',
    default: [],
    description: "The rings, in the order of the rollout; keys below. The controller's.",
  },
  'fleet.windows': {
    type: 'tables',
    default: [],
    description: "When rings may take a new set: `{ ring, days, from, to }`. The controller's.",
  },
  'fleet.freeze': {
    type: 'tables',
    default: [],
    description: "Days on which no ring takes a new set: `{ from, to, reason }`. The controller's.",
  },
} as const satisfies OptionRows

/** Keys inside an element of `fleet.rings`. */
export const ringOptions = {
  name: { type: 'text', default: null, required: true, description: 'Name of the ring.' },
  channel: { type: 'text', default: null, description: 'Its channel; the name when not set.' },
  hosts: { type: 'texts', default: [], description: 'Globs of host names.' },
  labels: { type: 'labels', default: {}, description: 'Labels that its hosts have.' },
  share: { type: 'fraction', default: null, description: 'Part of the other hosts, from 0 to 1.' },
  failures: {
    type: 'allowance',
    default: { hosts: 0 },
    description: 'Failures that do not halt yet: hosts, or percent of the ring.',
  },
  troubles: {
    type: 'allowance',
    default: { percent: 10 },
    description: 'Hosts in trouble of their own that do not stop the ring yet.',
  },
  minimum: {
    type: 'integer',
    default: null,
    least: 1,
    most: 1_000_000,
    description: 'Fewest hosts that must prove a set; 5, or all of a smaller ring, when not set.',
  },
  coverage: {
    type: 'integer',
    default: 80,
    least: 1,
    most: 100,
    description: 'Percent of the hosts that are awake which must prove it.',
  },
  soak: {
    type: 'duration',
    default: 30 * minute,
    least: 0,
    most: 30 * day,
    description: 'How long a set is watched after the last report that was needed.',
  },
  patience: {
    type: 'duration',
    default: 4 * hour,
    least: second,
    most: 30 * day,
    description: 'How long the ring may stay undecided before a person is asked.',
  },
  accept: {
    type: 'choice',
    default: 'proved',
    values: ['proved', 'told'],
    description: 'Whether a scanner that can only be told counts as good.',
  },
  approve: { type: 'boolean', default: false, description: 'Somebody must approve each set first.' },
  maxAge: {
    type: 'duration',
    default: 36 * hour,
    least: minute,
    most: 3650 * 24 * hour,
    description: 'Age from which a set counts as late here; clients of the channel are told it.',
  },
} as const satisfies OptionRows

/** Keys inside an element of `fleet.windows`. */
export const windowOptions = {
  ring: { type: 'text', default: null, required: true, description: 'Name of the ring.' },
  days: {
    type: 'choices',
    default: [],
    values: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    description: 'Days of the week; all when not set.',
  },
  from: { type: 'time', default: '00:00', description: 'Beginning.' },
  to: {
    type: 'time',
    default: '23:59',
    description: 'End; on the next day when it is not after the beginning.',
  },
} as const satisfies OptionRows

/** Keys inside an element of `fleet.freeze`. */
export const freezeOptions = {
  from: { type: 'text', default: null, required: true, description: 'First day, `YYYY-MM-DD`.' },
  to: { type: 'text', default: null, required: true, description: 'Last day, `YYYY-MM-DD`.' },
  reason: { type: 'text', default: 'change freeze', description: 'Why, for `fleet status`.' },
} as const satisfies OptionRows
