import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { configurationSchema } from '../../src/config/schema.ts'
import { shortStarter } from '../../src/config/short-starter.ts'
import { starterText } from '../../src/config/starter.ts'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const examples = join(project, 'packaging', 'examples')
const documents = ['README.md', ...readdirSync(join(project, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md') && readFileSync(join(project, name), 'utf8').includes('```yaml\n'),
)
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
  configurationSchema(),
)
const problems = (text: string) => {
  validate(parse(text))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

describe('the schema of the configuration', () => {
  it('is one of draft-07, as SchemaStore wants', () => {
    expect(configurationSchema()).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' })
  })

  it.each(readdirSync(examples))('takes %s', (name) => {
    expect(problems(readFileSync(join(examples, name), 'utf8'))).toEqual([])
  })

  it.each(documents)('takes the configurations of %s', (name) => {
    const blocks = readFileSync(join(project, name), 'utf8').matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)
    const all = [...blocks].map(([, indent = '', text = '']) =>
      text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    )
    expect(all.length).toBeGreaterThan(0)
    expect(all.flatMap(problems)).toEqual([])
  })

  it('takes every starter file', () => {
    const texts = (['clamav', 'rules', 'liveupdate', 'internal'] as const).map((kind) =>
      shortStarter(kind, {}, null),
    )
    for (const text of [starterText(), ...texts]) expect(problems(text)).toEqual([])
  })

  it.each([
    ['nothing at all', ''],
    ['empty tables', 'store:\nsources:\n'],
    [
      'numbers where text is wanted',
      'product: { version: 6.5 }\nsources: { s: { kind: shared-sep, path: /x, bits: 32 } }',
    ],
    ['counts and sizes as text', "store: { keep: '3', reserve: 64 MiB }"],
    ['the short form of role', 'role: passive'],
    ['each of the roles', 'role: designated'],
    ['a fleet without a bus', 'fleet: { bus: none, reports: /srv/reports }'],
    ['a family in a line of the schedule', 'schedule: [{ family: a, source: b, every: 4h }]'],
    ['never', 'events: { journal: { retention: never } }'],
    ['a schedule of one key beside its source', 'schedule: [{ source: a, every: 2h }]'],
  ])('takes %s', (_, text) => {
    expect(problems(text)).toEqual([])
  })

  it.each([
    ['an unknown key', 'store: { rot: /x }'],
    ['an unknown kind', 'sources: { s: { kind: clam } }'],
    ['a key of another kind', 'sources: { s: { kind: shared-sep, path: /x, dns: a.b } }'],
    ['a source without hosts', 'sources: { s: { kind: liveupdate } }'],
    ['a duration without unit', 'maxAge: 36'],
    ['a word that is none of the choices', 'scanner: { kind: clam }'],
    ['a sink without its address', 'events: { sinks: [{ kind: webhook }] }'],
  ])('refuses %s', (_, text) => {
    expect(problems(text)).not.toEqual([])
  })
})
