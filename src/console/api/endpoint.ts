import type { ActionName } from '../facts.ts'

/** One parameter of an endpoint. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description: string
  readonly type?: 'string' | 'integer'
}

/** One endpoint that tells something. */
export interface ApiQuestion {
  readonly path: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  /** Name of the schema of its answer. */
  readonly answer: string
  readonly needs: 'host' | 'fleet' | 'any'
}

const set: Parameter = { name: 'set', in: 'path', description: 'A definition set, YYYYMMDD.NNN' }
const query = (name: string, description: string, type: Parameter['type'] = 'string'): Parameter => ({
  name,
  in: 'query',
  description,
  type,
})
const family = query('family', 'One of several families of definitions')

/** Everything that can be asked, in the order of the document. */
export const questions: readonly ApiQuestion[] = [
  {
    path: '/status',
    summary: 'What is live, how old it is, how the last update went',
    answer: 'Status',
    needs: 'host',
  },
  { path: '/list', summary: 'The sets on disk', answer: 'List', needs: 'host' },
  {
    path: '/sets/:set',
    summary: 'One set: files, provenance, gate',
    parameters: [set, family],
    answer: 'Set',
    needs: 'host',
  },
  { path: '/history', summary: 'What was live when, and why', answer: 'History', needs: 'host' },
  {
    path: '/report',
    summary: 'The entries of the journal, by date, action and text',
    parameters: [
      query('from', 'Only from then on: a day, a day and a time, or RFC 3339'),
      query('to', 'Only up to then; a day counts to its end'),
      query('action', 'Only this action; may be repeated'),
      query('q', 'Only entries that hold this text, in any case'),
    ],
    answer: 'Report',
    needs: 'host',
  },
  { path: '/schedule', summary: 'The next runs', answer: 'Schedule', needs: 'host' },
  { path: '/sources', summary: 'The configured sources with their health', answer: 'Sources', needs: 'host' },
  {
    path: '/age',
    summary: 'The age of the live set over the last 30 days',
    parameters: [family],
    answer: 'Age',
    needs: 'host',
  },
  {
    path: '/events',
    summary:
      'Events of all families behind a place, oldest first, at most 1000; those of further ones name theirs',
    parameters: [query('after', 'The place: 0 for the beginning, else `next` of the answer before')],
    answer: 'Events',
    needs: 'any',
  },
  { path: '/fleet', summary: 'The state of the fleet and its rings', answer: 'Fleet', needs: 'fleet' },
  {
    path: '/fleet/hosts',
    summary: 'The hosts of the fleet',
    parameters: [
      query('ring', 'Only of this ring'),
      query('state', 'Only in this state'),
      query('q', 'Only with this text'),
      query('cursor', '`next` of the answer before', 'integer'),
    ],
    answer: 'FleetHosts',
    needs: 'fleet',
  },
  {
    path: '/fleet/rollouts/:set',
    summary: 'One set on its way through the rings',
    parameters: [set],
    answer: 'Rollout',
    needs: 'fleet',
  },
  {
    path: '/fleet/heat',
    summary: 'One letter for each host of each ring, the gravest first',
    answer: 'Heat',
    needs: 'fleet',
  },
  {
    path: '/fleet/age',
    summary: 'Percentiles of the age of definitions on the hosts, by ring: now, and over seven days',
    parameters: [
      query('from', 'Only from then on: a day, a day and a time, or RFC 3339'),
      query('step', 'One sample of each such duration, as 1h; every one when not given'),
    ],
    answer: 'FleetAge',
    needs: 'fleet',
  },
  {
    path: '/runs/:run',
    summary: 'What became of an action',
    parameters: [{ name: 'run', in: 'path', description: 'As the action answered' }],
    answer: 'Run',
    needs: 'any',
  },
]

/** One endpoint that does something. */
export interface ApiDeed {
  readonly path: string
  readonly action: ActionName
  readonly summary: string
  readonly fields: readonly string[]
  readonly required: readonly string[]
  readonly needs: 'host' | 'fleet'
}

/** Everything that can be done. */
export const deeds: readonly ApiDeed[] = [
  {
    path: '/update',
    action: 'update',
    summary: 'Ask the sources and update',
    fields: ['reason', 'family'],
    required: [],
    needs: 'host',
  },
  {
    path: '/verify',
    action: 'verify',
    summary: 'Verify the current set',
    fields: ['repair', 'reason', 'family'],
    required: [],
    needs: 'host',
  },
  {
    path: '/rollback',
    action: 'rollback',
    summary: 'Go back to an older set',
    fields: ['set', 'reason', 'family'],
    required: ['reason'],
    needs: 'host',
  },
  {
    path: '/hold',
    action: 'hold',
    summary: 'Hold a set',
    fields: ['set', 'until', 'reason', 'family'],
    required: [],
    needs: 'host',
  },
  {
    path: '/unhold',
    action: 'unhold',
    summary: 'Release a set',
    fields: ['set', 'reason', 'family'],
    required: ['set'],
    needs: 'host',
  },
  {
    path: '/fleet/approve',
    action: 'approve',
    summary: 'Let a ring take a set',
    fields: ['ring', 'set', 'reason'],
    required: ['ring', 'set'],
    needs: 'fleet',
  },
  {
    path: '/fleet/pause',
    action: 'pause',
    summary: 'Open no further ring',
    fields: ['ring', 'reason'],
    required: [],
    needs: 'fleet',
  },
  {
    path: '/fleet/resume',
    action: 'resume',
    summary: 'Open rings again',
    fields: ['ring', 'reason'],
    required: [],
    needs: 'fleet',
  },
  {
    path: '/fleet/halt',
    action: 'halt',
    summary: 'Bar a set everywhere and take it back',
    fields: ['set', 'reason'],
    required: ['set', 'reason'],
    needs: 'fleet',
  },
  {
    path: '/fleet/rollback',
    action: 'fleet-rollback',
    summary: 'Take the fleet back to a set',
    fields: ['set', 'reason'],
    required: ['reason'],
    needs: 'fleet',
  },
]

/** Where all of it begins. */
export const base = '/api/v1'
