import { bounds } from '../bounds.ts'
import { type ApiDeed, type ApiQuestion, base, deeds, type Parameter, questions } from './endpoint.ts'

type Doc = Readonly<Record<string, unknown>>

/** The description of the API (OpenAPI 3.1), made of the same table as its routes. */
export function openApi(version: string, parts: { readonly host: boolean; readonly fleet: boolean }): Doc {
  const has = ({ needs }: { readonly needs: 'host' | 'fleet' | 'any' }) => needs === 'any' || parts[needs]
  const paths: Record<string, Doc> = {}
  for (const question of questions.filter(has)) paths[templateOf(question.path)] = { get: getOf(question) }
  for (const deed of deeds.filter(has)) paths[templateOf(deed.path)] = { post: postOf(deed) }
  paths['/stream'] = { get: streamOf() }
  paths['/openapi.json'] = {
    get: {
      ...described('openapi', 'This document'),
      security: [],
      responses: { 200: json('The document', {}) },
    },
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'defs console',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'What `defs` knows of one host or a fleet, and what may be done there. Answers are what the commands print with `--json`.',
    },
    servers: [{ url: base }],
    security: [{ session: [] }, { token: [] }],
    paths,
    components: { securitySchemes, schemas },
  }
}

/** `/sets/:set` as the document writes it: `/sets/{set}`. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

function described(id: string, summary: string) {
  return { operationId: id, summary }
}

function idOf(path: string): string {
  return path.slice(1).replace(/[/:]+(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function json(description: string, schema: Doc) {
  return { description, content: { 'application/json': { schema } } }
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const problem = (description: string) => json(description, reference('Problem'))

const unauthorised = {
  401: problem('No session and no token, or one that has ended'),
  429: problem('Too many wrong tokens'),
}

function getOf({ path, summary, parameters = [], answer }: ApiQuestion): Doc {
  return {
    ...described(idOf(path), summary),
    ...(parameters.length > 0 ? { parameters: parameters.map(parameterOf) } : {}),
    responses: {
      200: json('The answer', reference(answer)),
      ...(parameters.length > 0 ? { 400: problem('The question makes no sense') } : {}),
      ...unauthorised,
      ...(path.includes(':') ? { 404: problem('There is no such thing') } : {}),
      503: problem('The facts cannot be read'),
    },
  }
}

function parameterOf({ name, in: place, description, type = 'string' }: Parameter): Doc {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), schema: { type } }
}

function postOf({ action, path, summary, fields, required }: ApiDeed): Doc {
  const properties = Object.fromEntries(
    fields.map((name) => [name, fieldSchemas[name] ?? { type: 'string' }]),
  )
  const body = { type: 'object', properties, ...(required.length > 0 ? { required } : {}) }
  return {
    ...described(idOf(path), summary),
    description: `With a session, \`Origin\` and the header \`X-Defs-Token\` are wanted; with a token neither. Journal: 1122 (${action}).`,
    requestBody: { required: required.length > 0, content: { 'application/json': { schema: body } } },
    responses: {
      202: json('It has begun', reference('Begun')),
      400: problem('Something is missing or makes no sense'),
      ...unauthorised,
      403: problem('Origin, token or role'),
      409: problem('A run is going on: code BUSY'),
    },
  }
}

function streamOf(): Doc {
  return {
    ...described('stream', 'Events as they come (server-sent events)'),
    parameters: [
      parameterOf({
        name: 'Last-Event-ID',
        in: 'header',
        description: 'The place to go on behind; without it only what comes from now on',
      }),
    ],
    responses: {
      200: {
        description:
          '`event: journal`, `id:` the place in the journal, `data:` its line; of a fleet also `event: fleet` and `event: heat`, `data:` what /fleet and /fleet/heat tell, at first and when it changed; a comment every 15 s',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...unauthorised,
      429: problem('Too many wrong tokens, or streams'),
    },
  }
}

const securitySchemes = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-defs',
    description: 'After a login; `defs` on plain HTTP',
  },
  token: { type: 'http', scheme: 'bearer', description: 'A token of `console.tokens`' },
}

const fieldSchemas: Readonly<Record<string, Doc>> = {
  set: { type: 'string', pattern: '^\\d{8}\\.\\d{3}$' },
  ring: { type: 'string', pattern: '^[\\w-]{1,64}$' },
  family: { type: 'string' },
  reason: { type: 'string', maxLength: bounds.reason },
  until: { type: 'string' },
  repair: { type: 'boolean' },
}

const answer = (properties: Doc): Doc => ({
  type: 'object',
  required: ['schema', 'command', 'ok', 'exitCode'],
  properties: {
    schema: { type: 'integer', const: 1 },
    command: { type: 'string' },
    ok: { type: 'boolean' },
    exitCode: { type: 'integer' },
    ...properties,
  },
})
const listOf = (...names: readonly string[]): Doc =>
  Object.fromEntries(names.map((name) => [name, { type: 'array' }]))

const schemas: Readonly<Record<string, Doc>> = {
  Problem: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: { code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
  Begun: { type: 'object', required: ['run'], properties: { run: { type: 'string' } } },
  Run: {
    type: 'object',
    required: ['run', 'action', 'user', 'since', 'ended', 'result'],
    properties: {
      run: { type: 'string' },
      action: { type: 'string' },
      user: { type: 'string' },
      since: { type: 'string', format: 'date-time' },
      ended: { type: 'boolean' },
      result: { type: ['object', 'null'], description: 'What the command printed' },
    },
  },
  Status: answer({
    verdict: { type: 'object' },
    current: { type: ['string', 'null'] },
    ageSeconds: { type: ['integer', 'null'] },
    ...listOf('sources', 'holds', 'barred', 'nextRuns'),
  }),
  List: answer(listOf('sets')),
  Set: answer({ set: { type: 'string' }, provenance: { type: ['object', 'null'] }, ...listOf('files') }),
  History: answer(listOf('entries')),
  Report: answer(listOf('entries')),
  Schedule: answer(listOf('nextRuns')),
  Sources: answer(listOf('sources')),
  Age: answer({ maxAge: { type: 'integer', description: 'Milliseconds' }, ...listOf('points', 'marks') }),
  Events: answer({ next: { type: ['integer', 'string'] }, ...listOf('events') }),
  Fleet: answer(listOf('rings', 'sets', 'barred')),
  FleetHosts: answer({ total: { type: 'integer' }, next: { type: ['integer', 'null'] }, ...listOf('hosts') }),
  Rollout: answer(listOf('rings', 'evidence', 'approvals', 'hosts')),
  Heat: answer(listOf('rings')),
  FleetAge: answer(listOf('rings')),
}
