import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { sampleFiles, writeFiles } from '../support/definition-set.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { noise as noiseOf } from '../support/noise.ts'

const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
export const indexName = 'smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip'
export const passphrase = 'correct horse'

// Large beside what changes, so that incremental packages pay.
const noise = noiseOf(64 * 1024)

/** A publisher, its tree, and a client of that tree. */
export interface Works {
  readonly bench: Bench
  readonly root: string
  readonly tree: string
  readonly keys: string
  readonly store: string
  /** Settings of both, as YAML lines at the top level. */
  readonly settings: string[]
  /** What the client reads; the tree as a folder at first. */
  host: string
  /** The channel that the client reads; null for the usual one. */
  channel: string | null
  /** Whether the client has the first root pinned. */
  tuf: boolean
  /** From how many earlier sets steps are made. */
  incremental: number
  /** The moment everything happens at; null for the real one. */
  now: Date | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  defs(...args: string[]): Promise<any>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  client(...args: string[]): Promise<any>
  /** Publishes a set of the publisher's own; contents differ by name. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  own(set: string, ...args: string[]): Promise<any>
  /** What the client has as current. */
  live(): string | undefined
  ids(): number[]
  close(): void
}

/** Makes keys and nothing else. */
export async function openWorks(...init: string[]): Promise<Works> {
  const bench = openBench()
  const { root } = bench
  const works: Works = {
    bench,
    root,
    tree: join(root, 'tree'),
    keys: join(root, 'keys'),
    store: join(root, 'client'),
    settings: [],
    host: join(root, 'tree'),
    channel: null,
    tuf: false,
    incremental: 1,
    now: null,
    defs: (...args) => run(args, publisherConfig()),
    client: (...args) => run(args, clientConfig()),
    async own(set, ...args) {
      const folder = join(root, 'own')
      rmSync(folder, { recursive: true, force: true })
      writeFiles(folder, sampleFiles(set).set('NOISE.DAT', noise))
      return works.defs('publish', set, '--from', folder, ...args)
    },
    live: () => lookAt(works.store).current,
    ids: () => eventsOf(works.store).map(({ id }) => id),
    close: () => bench.remove(),
  }

  async function run(args: string[], config: string) {
    const { now } = works
    const line = [...args, '--json', '--config', config]
    const parts = { env: { DEFS_KEYS_PASSPHRASE: passphrase }, ...(now === null ? {} : { now: () => now }) }
    return (await bench.run(line, parts)).json
  }

  function publisherConfig(): string {
    return bench.put(
      'publisher.yaml',
      [
        `store: { root: '${join(root, 'publisher')}' }`,
        `publish: { root: '${works.tree}', keys: '${works.keys}', incremental: ${works.incremental} }`,
        ...works.settings,
      ].join('\n'),
    )
  }

  function clientConfig(): string {
    const channel = works.channel === null ? '' : `, channel: ${works.channel}`
    const pinned = works.tuf ? `, tufRoot: '${join(root, 'pinned', 'root.json')}'` : ''
    return bench.put(
      'client.yaml',
      [
        `store: { root: '${works.store}', keep: 3 }`,
        `trust: { anchors: ['${join(root, 'pinned', 'guard-root.pem')}']${pinned} }`,
        'default: internal',
        `sources: { internal: { kind: internal, hosts: ['${works.host}'], ${product}${channel} } }`,
      ].join('\n'),
    )
  }

  expect(await works.defs('keys', 'init', ...init)).toMatchObject({ exitCode: 0 })
  // What clients were given at the beginning, whatever becomes of the keys.
  cpSync(join(works.keys, 'trust'), join(root, 'pinned'), { recursive: true })
  return works
}

/** Writes a file of the tree anew, in its place. */
export function overwrite(path: string, bytes: string | Uint8Array): void {
  // Never through a name it shares with others.
  rmSync(path, { force: true })
  writeFileSync(path, bytes)
}
