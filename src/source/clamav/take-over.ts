import type { ClamavConfig, CustomDatabase } from '../../config/config.ts'
import type { Reach } from '../transport.ts'
import type { FreshclamConf } from './freshclam-conf.ts'

/** A source as it is asked, and how it is reached. */
export interface TakenOver {
  readonly config: ClamavConfig
  readonly reach: Reach
  /** What was not taken over, for people. */
  readonly notes: readonly string[]
}

/**
 * Fills in from a freshclam.conf what the source itself does not say.
 * @param readCustom reads an address as an element of `custom`; text when it is none
 */
export function takeOver(
  config: ClamavConfig,
  reach: Reach,
  conf: FreshclamConf,
  readCustom: (address: string) => CustomDatabase | string,
): TakenOver {
  const { proxy } = conf
  const { custom, refused } = customOf(config, conf, readCustom)
  const notes = [
    ...(conf.ignored.length > 0
      ? [`not taken over from ${config.freshclamConf}: ${conf.ignored.join(', ')}`]
      : []),
    ...refused,
  ]
  return {
    config: {
      ...config,
      hosts: config.hosts.length > 0 ? config.hosts : conf.hosts,
      databases: config.databases ?? conf.databases,
      custom,
      dns: config.dns ?? (config.hosts.length > 0 ? null : conf.dns),
      patches: config.patches && conf.patches,
      certificates: config.certificates ?? (conf.certificates === null ? null : [conf.certificates]),
    },
    reach: {
      ...reach,
      ...(proxy === null ? {} : { proxy }),
      connectTimeout: conf.connectTimeout ?? reach.connectTimeout,
      stallTimeout: conf.receiveTimeout ?? reach.stallTimeout,
      userAgent: conf.userAgent ?? reach.userAgent,
    },
    notes,
  }
}

// freshclam pins no digests, so what it names is taken only by whoever says that this is all right.
function customOf(
  config: ClamavConfig,
  conf: FreshclamConf,
  readCustom: (address: string) => CustomDatabase | string,
): { custom: readonly CustomDatabase[]; refused: readonly string[] } {
  const custom = [...config.custom]
  const refused: string[] = []
  for (const address of conf.custom) {
    const read = readCustom(address)
    const pinned = custom.some(
      ({ file, url }) => typeof read !== 'string' && (url === read.url || file === read.file),
    )
    if (pinned) continue
    if (typeof read === 'string') refused.push(`DatabaseCustomURL was not taken over: it ${read}`)
    else if (config.allowUnsigned) custom.push(read)
    else
      refused.push(
        `DatabaseCustomURL ${read.file} was not taken over: pin it below custom, or set allowUnsigned`,
      )
  }
  return { custom, refused }
}
