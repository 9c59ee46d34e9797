import { options } from './options/main.ts'
import type { Option, OptionRows, OptionType } from './options/option.ts'
import { scheduleOptions } from './options/publish.ts'
import { sinkOptions } from './options/sink.ts'
import { sourceOptions } from './options/source.ts'

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The configuration as a JSON Schema, draft-07, which is what editors and SchemaStore understand. It is made of the
 * option table and takes everything that the program takes; what no type tells, `defs config check` does.
 */
export function configurationSchema(): JsonSchema {
  const { properties } = tableOf(options)
  const { is: roles } = (properties['role'] as TableSchema).properties
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of defs',
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      ...properties,
      // `role: passive` is short for `role: { is: passive }`.
      role: { anyOf: [roles, properties['role']] },
      fleet: withoutBus(properties['fleet'] as TableSchema),
      events: withSinks(properties['events']),
      sources: {
        type: ['object', 'null'],
        description: 'Where definitions come from, by name.',
        additionalProperties: byKind(sourceOptions),
      },
      // Each family has tables as they stand here; `defs config check` says which may.
      families: { type: ['object', 'null'], additionalProperties: { type: ['object', 'null'] } },
      parts: texts,
      schedule: {
        type: ['array', 'null'],
        description: 'When to update: days and times, or cron expressions.',
        items: scheduleLine(),
      },
    },
  }
}

/** A line of the schedule; with families it names its own. */
function scheduleLine(): JsonSchema {
  const { properties, ...line } = tableOf(scheduleOptions)
  return { ...line, type: 'object', properties: { ...properties, family: text } }
}

/** `bus: none` stands for a fleet without servers. */
function withoutBus(fleet: TableSchema): JsonSchema {
  const { bus } = fleet.properties
  return { ...fleet, properties: { ...fleet.properties, bus: { anyOf: [{ const: 'none' }, bus] } } }
}

interface TableSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
}

/** Options `a.b` and `a.c` become a table `a` with two keys. */
function tableOf(rows: OptionRows): TableSchema {
  const entries = Object.entries(rows)
  const properties: Record<string, JsonSchema> = {}
  for (const [path, option] of entries) {
    const [head = path, ...rest] = path.split('.')
    if (rest.length === 0) properties[head] = valueSchema(option)
    else if (!Object.hasOwn(properties, head)) {
      const below = entries.filter(([other]) => other.startsWith(`${head}.`))
      properties[head] = tableOf(
        Object.fromEntries(below.map(([other, row]) => [other.slice(head.length + 1), row])),
      )
    }
  }
  const required = entries.filter(([, { required: must }]) => must).map(([path]) => path)
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    properties,
    ...(required.length > 0 ? { required } : {}),
  }
}

/** A table whose `kind` decides what else may stand in it. */
function byKind(kinds: Readonly<Record<string, OptionRows>>): JsonSchema {
  const allOf = Object.entries(kinds).map(([kind, rows]) => {
    const own = tableOf(rows)
    return {
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
      then: { ...own, type: 'object', properties: { kind: { const: kind }, ...own.properties } },
    }
  })
  return { type: 'object', required: ['kind'], properties: { kind: { enum: Object.keys(kinds) } }, allOf }
}

function withSinks(events: JsonSchema | undefined): JsonSchema {
  const { properties } = events as TableSchema
  const sinks = { ...properties['sinks'], items: byKind(sinkOptions) }
  return { ...events, properties: { ...properties, sinks } }
}

const text = { type: ['string', 'number', 'null'] }
const texts = { type: ['array', 'null'], items: { type: ['string', 'number'] } }
const counted = (pattern: string) => ({ type: ['integer', 'string', 'null'], pattern })
const duration = String.raw`^\s*\d{1,9}(s|m|h|d)\s*$`

/** What a value looks like in a file; an absent one may be written as nothing. */
const forms = {
  text,
  prose: { type: ['string', 'null'] },
  texts,
  path: text,
  paths: texts,
  integer: counted(String.raw`^\s*\d{1,15}\s*$`),
  bytes: counted(String.raw`^\s*\d{1,15} ?[A-Za-z]*\s*$`),
  duration: { type: ['string', 'null'], pattern: duration },
  boolean: { type: ['boolean', 'null'] },
  choice: text,
  choices: texts,
  address: text,
  addresses: texts,
  socket: text,
  publicKey: text,
  time: text,
  cron: text,
  labels: { type: ['object', 'null'], additionalProperties: { type: ['string', 'number', 'boolean'] } },
  allowance: counted(String.raw`^\s*\d+(\.\d+)?\s*%?\s*$`),
  fraction: { type: ['number', 'string', 'null'], minimum: 0, maximum: 1 },
  tables: { type: ['array', 'null'], items: { type: 'object' } },
} satisfies Record<OptionType, JsonSchema>

function valueSchema({ type, description, values, least, most, default: usual, unset }: Option): JsonSchema {
  // A choice that looks like a number is one for YAML: `bits: 32`.
  const choices = values?.flatMap((value) => (/^\d+$/.test(value) ? [value, Number(value)] : [value]))
  const shown =
    usual !== null && ['integer', 'boolean', 'choice', 'text'].includes(type) ? { default: usual } : {}
  const bounds =
    type === 'integer' ? { minimum: least ?? 0, ...(most === undefined ? {} : { maximum: most }) } : {}
  const about = { description, ...shown, ...bounds }
  if (type === 'choice' && choices) return { enum: [...choices, null], ...about }
  if (type === 'choices' && choices) return { ...forms.choices, items: { enum: choices }, ...about }
  if (unset !== undefined) return { anyOf: [{ const: unset }, forms[type]], ...about }
  return { ...forms[type], ...about }
}
