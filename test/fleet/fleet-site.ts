import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { sampleFiles, writeFiles } from '../support/definition-set.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { noise as noiseOf } from '../support/noise.ts'

const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
const passphrase = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
const noise = noiseOf(16 * 1024)

/** How one host of the site is configured beyond what all have. */
export interface HostSettings {
  /** Sets that the gate of this host refuses. */
  readonly refuses?: string
  /** The tree it reads, instead of the publisher's. */
  readonly tree?: string
  /** The tree of a second source, whose intake it takes from when the first one fails. */
  readonly fallback?: string
  /** A flow map of its labels. */
  readonly labels?: string
  /** Further lines of its configuration, at the top level. */
  readonly lines?: readonly string[]
  readonly now?: () => Date
}

/** A publisher with its controller, and real hosts that read its tree; all of it by the commands. */
export interface FleetSite {
  readonly bench: Bench
  readonly root: string
  readonly tree: string
  readonly reports: string
  /** Lines below `fleet:` of the controller. */
  fleet: string[]
  /** The key folder of the controller, where that is another than the publisher's. */
  controllerKeys: string | null
  /** The moment at the controller; null for the real one. */
  now: Date | null
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  defs(...args: string[]): Promise<any>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  host(name: string, ...args: string[]): Promise<any>
  /** Every host updates, one after the other. @returns their exit codes */
  all(names: readonly string[]): Promise<number[]>
  settings(name: string, settings: HostSettings): void
  configOf(name: string): string
  publisherConfig(): string
  /** Publishes a set to the intake channel. @param more further files of the set */
  publish(set: string, more?: Readonly<Record<string, string>>): Promise<void>
  join(...names: string[]): Promise<void>
  live(name: string): string | undefined
  ids(name?: string): number[]
  close(): void
}

/** Makes keys, card and state of a fleet whose reports are files. */
export async function openFleetSite(rings: readonly string[]): Promise<FleetSite> {
  const bench = openBench()
  const { root } = bench
  const settings = new Map<string, HostSettings>()
  const storeOf = (name: string) => join(root, 'hosts', name)
  const site: FleetSite = {
    bench,
    root,
    tree: join(root, 'tree'),
    reports: join(root, 'reports'),
    fleet: ['bus: none', `reports: '${join(root, 'reports')}'`],
    controllerKeys: null,
    now: null,
    async defs(...args) {
      const { now } = site
      const parts = { env: passphrase, ...(now === null ? {} : { now: () => now }) }
      const keys = args[0] === 'fleet' ? site.controllerKeys : null
      const config = keys === null ? site.publisherConfig() : configWith('controller.yaml', keys)
      return (await bench.run([...args, '--json', '--config', config], parts)).json
    },
    async host(name, ...args) {
      const now = settings.get(name)?.now
      const line = [...args, '--json', '--config', site.configOf(name)]
      return (await bench.run(line, now ? { now } : {})).json
    },
    async all(names) {
      const codes: number[] = []
      for (const name of names) codes.push((await site.host(name, 'update')).exitCode)
      return codes
    },
    settings: (name, own) => settings.set(name, own),
    publisherConfig: () => configWith('publisher.yaml', join(root, 'keys')),
    configOf(name) {
      const own = settings.get(name) ?? {}
      const gate = own.refuses === undefined ? [] : [`gate: { command: ['${refuser(name, own.refuses)}'] }`]
      const shared = site.fleet
        .filter((line) => /^(bus|reports):/.test(line))
        .map((line) => line.replace('controller.creds', `${name}.jwt`))
      return bench.put(
        `${name}.yaml`,
        [
          `store: { root: '${storeOf(name)}', keep: 4 }`,
          `trust: { anchors: ['${join(root, 'pinned', 'guard-root.pem')}'], tufRoot: '${join(root, 'pinned', 'root.json')}' }`,
          'default: internal',
          ...(own.fallback === undefined ? [] : ['fallback: [vendor]']),
          'sources:',
          `  internal: { kind: internal, channel: auto, hosts: ['${own.tree ?? site.tree}'], ${product} }`,
          ...(own.fallback === undefined
            ? []
            : [`  vendor: { kind: internal, channel: intake, hosts: ['${own.fallback}'], ${product} }`]),
          `fleet:\n  name: f1\n  host: ${name}\n  ${shared.join('\n  ')}`,
          ...(own.labels === undefined ? [] : [`  labels: ${own.labels}`]),
          ...(own.lines ?? []),
          ...gate,
        ].join('\n'),
      )
    },
    async publish(set, more = {}) {
      const folder = join(root, 'own')
      rmSync(folder, { recursive: true, force: true })
      const files = sampleFiles(set).set('NOISE.DAT', noise)
      for (const [name, text] of Object.entries(more)) files.set(name, Buffer.from(text))
      writeFiles(folder, files)
      // A controller that runs has the tree to itself for moments.
      const how = ['--channel', 'intake', '--lock-wait', '20']
      expect(await site.defs('publish', set, '--from', folder, ...how)).toMatchObject({ exitCode: 0 })
    },
    async join(...names) {
      for (const name of names) {
        const { host, key } = await site.host(name, 'fleet', 'join')
        expect(await site.defs('fleet', 'admit', host, key)).toMatchObject({ exitCode: 0, changed: true })
      }
    },
    live: (name) => lookAt(storeOf(name)).current,
    ids: (name) => eventsOf(name === undefined ? join(root, 'publisher') : storeOf(name)).map(({ id }) => id),
    close: () => bench.remove(),
  }

  function configWith(file: string, keys: string): string {
    return bench.put(
      file,
      [
        `store: { root: '${join(root, 'publisher')}' }`,
        `publish: { root: '${site.tree}', keys: '${keys}', incremental: 0 }`,
        `fleet:\n  name: f1\n  ${site.fleet.join('\n  ')}\n  rings:\n${rings.map((ring) => `    - ${ring}\n`).join('')}`,
      ].join('\n'),
    )
  }

  function refuser(name: string, set: string): string {
    const path = join(root, `${name}-gate.sh`)
    writeFileSync(path, `#!/bin/sh\n[ "$DEFS_SET" = ${set} ] && { echo no; exit 1; }\nexit 0\n`)
    chmodSync(path, 0o755)
    return path
  }

  expect(await site.defs('keys', 'init')).toMatchObject({ exitCode: 0 })
  cpSync(join(root, 'keys', 'trust'), join(root, 'pinned'), { recursive: true })
  return site
}
