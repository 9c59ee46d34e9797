import { join } from 'node:path'
import type { SharedSepConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import { throwIfOver } from './host/end-of-inquiry.ts'
import { currentSet } from './shared/current-set.ts'
import { refusalOf } from './shared/shared-conditions.ts'
import type { Connect, Inquiry, Offer, Source } from './source.ts'

/**
 * The definitions of another product on this machine (SAV or SEP up to 12.0), taken from its VirusDefs folder
 * as they lie: the package is a folder, and the guard in it judges it like any other.
 */
export function sharedSep(config: SharedSepConfig, connect: Connect): Source {
  const host = connect(config.path)

  async function ask(inquiry: Inquiry): Promise<Offer> {
    throwIfOver(inquiry.signal)
    const refusal = refusalOf(config)
    if (refusal) throw new DefsError('SOURCE_REFUSED', refusal, { source: config.name, path: config.path })
    const { set, folder } = await currentSet(config.path)
    return {
      source: config.name,
      kind: config.kind,
      set,
      sequence: null,
      grade: 'certified',
      package: {
        name: folder,
        bytes: null,
        exact: false,
        digests: [],
        digestTries: 1,
        unpackedBytes: null,
        remotes: [host.remote(folder)],
        // The other product may mend a set in place, so the same name need not be the same content.
        fingerprint: null,
        folder: join(config.path, folder),
      },
      incremental: [],
      indexSignedBy: null,
      left: [],
    }
  }

  return { name: config.name, kind: config.kind, ask, close: () => host.close() }
}
