import type { SourceConfig } from '../config/config.ts'
import type { SourceKind } from '../config/options/source.ts'
import { clamav } from './clamav/source.ts'
import { intelligentUpdater } from './listing/intelligent-updater.ts'
import { rapidRelease } from './listing/rapid-release.ts'
import { internal, liveUpdate } from './liveupdate/source.ts'
import { rules } from './rules.ts'
import { sharedSep } from './shared-sep/source.ts'
import type { Connect, Source } from './source.ts'

/** Makes a source of one kind from its configuration. */
export type SourceFactory<Kind extends SourceKind> = (
  config: Extract<SourceConfig, { kind: Kind }>,
  connect: Connect,
) => Source

/** Every kind of source; a new one is added here and in a file of its name beside this one. */
export const sourceKinds = {
  liveupdate: liveUpdate,
  'rapid-release': rapidRelease,
  'shared-sep': sharedSep,
  'intelligent-updater': intelligentUpdater,
  internal,
  rules,
  clamav,
} as const satisfies { readonly [Kind in SourceKind]: SourceFactory<Kind> } satisfies Record<
  SourceKind,
  unknown
>

/**
 * Makes a configured source. Nothing is asked and no connection made before {@link Source.ask}.
 * @param connect opens the way to one address of the configuration
 * @throws CONFIG_INVALID for names that cannot stand in an address
 */
export function openSource(config: SourceConfig, connect: Connect): Source {
  switch (config.kind) {
    case 'liveupdate':
      return sourceKinds.liveupdate(config, connect)
    case 'rapid-release':
      return sourceKinds['rapid-release'](config, connect)
    case 'shared-sep':
      return sourceKinds['shared-sep'](config, connect)
    case 'intelligent-updater':
      return sourceKinds['intelligent-updater'](config, connect)
    case 'internal':
      return sourceKinds.internal(config, connect)
    case 'rules':
      return sourceKinds.rules(config, connect)
    case 'clamav':
      return sourceKinds.clamav(config, connect)
  }
}
