import type { ClamavConfig, CustomDatabase } from '../config/config.ts'
import { DefsError } from '../error.ts'
import { askDns } from './clamav/ask-dns.ts'
import { askCustom, askMirror } from './clamav/ask-mirror.ts'
import type { AdvertisedDatabase, CustomFile } from './clamav/clamav-offer.ts'
import { type Installed, readInstalled } from './clamav/installed.ts'
import { offerOf } from './clamav/offer-of.ts'
import { askInOrder } from './host/ask-in-order.ts'
import type { Connect, Inquiry, Source } from './source.ts'
import type { Transport } from './transport.ts'

/** The databases that ClamAV itself publishes. */
export const usualDatabases: readonly string[] = ['main', 'daily', 'bytecode']

/**
 * A ClamAV mirror: signed databases by version, patches between versions, unsigned files beside them. The versions
 * come from DNS when a record is named and tells them all, else from the first 512 bytes of each database.
 */
export function clamav(config: ClamavConfig, connect: Connect): Source {
  const { name, kind } = config
  const mirrors = config.hosts.map(connect)
  const elsewhere = new Map(
    config.custom.flatMap(({ file, url }) => (url === null ? [] : [[file, connect(folderOf(url))] as const])),
  )
  const databases = config.databases ?? usualDatabases

  /** Answers for one mirror; what DNS told is not asked of it again. */
  async function askHost(host: Transport, told: Told, inquiry: Inquiry) {
    const advertised: AdvertisedDatabase[] = []
    for (const database of databases) {
      const version = told.versions.get(database)
      if (version === undefined) advertised.push(await askMirror(host, database, told.installed, inquiry))
      else advertised.push({ name: database, version, ending: null, bytes: null })
    }
    return { advertised, validators: await askAll(customAt(null, config), () => host, inquiry) }
  }

  return {
    name,
    kind,
    async ask(inquiry) {
      const installed = await readInstalled(inquiry.installed)
      const { dns: record, resolver } = config
      const versions = record === null ? new Map() : await askDns({ record, resolver }, databases, inquiry)
      const answer = await askInOrder(name, mirrors, inquiry, async (host, others) => ({
        ...(await askHost(host, { installed, versions }, inquiry)),
        places: [host, ...others],
      }))
      const outside = await askAll(customAt('elsewhere', config), ({ file }) => elsewhere.get(file), inquiry)
      const validators = new Map([...answer.validators, ...outside])
      const custom = config.custom.map(({ file, sha256, url }): CustomFile => {
        const place = elsewhere.get(file)
        const places = url !== null && place ? [place] : answer.places
        return { file, sha256, places, validator: validators.get(file) ?? null }
      })
      const { advertised, places, left } = answer
      return { ...offerOf({ config, advertised, custom, mirrors: places, installed }, inquiry), left }
    },
    close: async () => {
      await Promise.all([...mirrors, ...elsewhere.values()].map((host) => host.close()))
    },
  }
}

interface Told {
  readonly installed: Installed
  readonly versions: ReadonlyMap<string, number>
}

/** Custom databases that have to be asked about: a pinned one is what it is, wherever it lies. */
function customAt(where: null | 'elsewhere', { custom }: ClamavConfig): CustomDatabase[] {
  return custom.filter(({ url, sha256 }) => sha256 === null && (url === null) === (where === null))
}

async function askAll(
  custom: readonly CustomDatabase[],
  hostOf: (custom: CustomDatabase) => Transport | undefined,
  inquiry: Inquiry,
): Promise<Map<string, string | null>> {
  const validators = new Map<string, string | null>()
  for (const one of custom) {
    const host = hostOf(one)
    if (!host) continue
    refuseCooling(host, inquiry)
    validators.set(one.file, await askCustom(host, one, inquiry))
  }
  return validators
}

function refuseCooling({ url }: Transport, { coolDowns, context }: Inquiry): void {
  const until = coolDowns.get(url)
  if (!until || until <= context.now()) return
  const text = `${url} is left alone until ${until.toISOString()}, as it asked`
  throw new DefsError('SOURCE_COOLING_DOWN', text, { path: url, until })
}

function folderOf(address: string): string {
  return new URL('.', address).href
}
