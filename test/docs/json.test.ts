import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'

// docs/json.md names every field that a command prints, by running the commands.

const rows = readFileSync(resolve('docs/json.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, names, fields] = /^\| (`.*?) \| (.+) \|$/.exec(line) ?? []
    return names && fields ? [{ names: names.replaceAll('`', '').split(', '), fields }] : []
  })

// `schedule pause` and the like are told in the row of the command that they belong to.
function fieldsOf(command: string): string {
  const [head = ''] = command.split(' ')
  const exact = rows.filter(({ names }) => names.includes(command))
  const told = exact.length > 0 ? exact : rows.filter(({ names }) => names.includes(head))
  return told.map(({ fields }) => fields).join(' ')
}

// Named by options, sources, facts and the language of schemas: docs/json.md says what they are.
const named = ['settings', 'facts', 'jsonSchema', 'runs']

/** Every key of an answer, at any depth, in the first element of each list. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return keysOf(value[0])
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => [key, ...(named.includes(key) ? [] : keysOf(one))])
}

let bench: Bench
beforeAll(async () => {
  bench = openBench()
  const fixtures = resolve('fixtures')
  bench.put(
    'cwd/defs.yaml',
    `store: { root: '${bench.root}/store' }
maxAge: 36500d
trust: { anchors: ['${fixtures}/trust/root.pem'] }
sources: { vendor: { kind: liveupdate, hosts: ['file://${fixtures}/liveupdate/'] } }
publish: { root: '${bench.root}/tree', keys: '${bench.root}/keys' }
`,
  )
})
afterAll(() => bench.remove())

it.each([
  'update --dry-run',
  'update',
  'check',
  'status',
  'status --nagios',
  'list',
  'verify',
  'hold --reason x',
  'unhold',
  'history',
  'report',
  'schedule',
  'schedule pause --reason x',
  'schedule resume',
  'schedule --export cron',
  'prune --dry-run',
  'doctor',
  'license',
  'sources list',
  'sources test vendor',
  'advise',
  'keys init --unencrypted',
  'keys show',
  'publish --channel testing',
  'promote latest --to production',
  'channels list',
  'channels remove testing',
  'export',
  'families list',
  'exceptions list',
  'search Eicar',
  'config check',
  'config show',
  'config schema',
  'events list',
  'events explain 399',
  'metrics',
  'retire',
])('docs/json.md tells of every field of %s', async (line) => {
  const text = line === 'export' ? `export ${bench.root}/x.bundle` : line
  const { json } = await bench.run(`${text} --json`)
  const { schema, command, ok, exitCode, error, ...own } = json
  expect([schema, error]).toEqual([1, undefined])
  expect([ok, exitCode]).toEqual([true, 0])
  const told = fieldsOf(command)
  const untold = keysOf(own).filter((key) => !new RegExp(`\\b${key}\\b`).test(told))
  expect(untold).toEqual([])
})
