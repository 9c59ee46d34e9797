import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openBench } from '../cli/world.ts'
import { eventsOf } from './look.ts'
import { runDefs } from './run-defs.ts'
import { startVendor, type Vendor } from './vendor.ts'

/** A store with a vendor beside it, to be harmed and healed. */
export interface Patient {
  readonly vendor: Vendor
  readonly virusDefs: string
  /** Writes the configuration anew; sets of any age are fresh enough unless `maxAge` is among it. */
  configure(extra?: string): void
  /** Points the sources at a closed port, or back. */
  reachable(yes: boolean): void
  /** Runs a command with `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  defs(...args: string[]): Promise<any>
  /** Publishes sets and updates to each of them. */
  live(...sets: string[]): Promise<void>
  fileOf(set: string, name: string): string
  /** Flips one byte of a data file. */
  damage(set: string): void
  /** Numbers in the journal. */
  ids(): number[]
  /** What lies beside the entries of the quarantine. */
  evidence(): { set: string; code: string; problems: string[] }[]
  /** Every name below the store, and the journal. */
  snapshot(): unknown
  close(): Promise<void>
}

export function flip(path: string): void {
  const bytes = readFileSync(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  chmodSync(path, 0o640)
  writeFileSync(path, bytes)
}

/** @param program the built one in a process of its own, or the sources in this process, which is quicker */
export async function openPatient(program: 'built' | 'here'): Promise<Patient> {
  const vendor = await startVendor()
  const bench = openBench()
  const virusDefs = join(vendor.store, 'VirusDefs')
  let config = ''
  const fileOf = (set: string, name: string) => join(virusDefs, set, name)
  const ids = () => eventsOf(vendor.store).map((event) => event.id)

  function configure(extra = ''): void {
    config = vendor.configure(extra)
  }

  async function defs(...args: string[]) {
    const line = [...args, '--json', '--config', config]
    return (program === 'built' ? await runDefs(line) : await bench.run(line)).json
  }

  configure()
  return {
    vendor,
    virusDefs,
    configure,
    defs,
    fileOf,
    ids,
    reachable(yes) {
      const text = readFileSync(config, 'utf8')
      const closed = 'http://127.0.0.1:9/'
      const [from, to] = yes ? [closed, vendor.http.url] : [vendor.http.url, closed]
      writeFileSync(config, text.replaceAll(`'${from}'`, `'${to}'`))
    },
    async live(...sets) {
      for (const set of sets) {
        vendor.certify({ set })
        expect(await defs('update')).toMatchObject({ exitCode: 0, current: set })
      }
    },
    damage: (set) => flip(fileOf(set, 'VIRSCAN1.DAT')),
    evidence() {
      const folder = join(vendor.store, 'state', 'quarantine')
      return readdirSync(folder).map((name) =>
        JSON.parse(readFileSync(join(folder, name, 'evidence.json'), 'utf8')),
      )
    },
    snapshot() {
      if (!existsSync(vendor.store)) return []
      return [readdirSync(vendor.store, { recursive: true, encoding: 'utf8' }).sort(), ids()]
    },
    async close() {
      bench.remove()
      rmSync(vendor.store, { recursive: true, force: true })
      await vendor.close()
    },
  }
}
