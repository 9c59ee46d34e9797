import { join } from 'node:path'
import type { SharedSepConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { throwIfAborted } from '../hosts.ts'
import type { Connect, Offer, Source, SourceQuery } from '../source.ts'
import { currentSet } from './current-set.ts'

/**
 * The definitions of another product on this machine (SAV or SEP up to 12.0), taken from its VirusDefs folder
 * as they lie: the package is a folder, and the guard in it judges it like any other.
 */
export function sharedSep(config: SharedSepConfig, connect: Connect): Source {
  const host = connect(config.path)

  async function ask(query: SourceQuery): Promise<Offer> {
    throwIfAborted(query.signal)
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
      failedHosts: [],
    }
  }

  return { name: config.name, kind: config.kind, alternatives: 0, ask, close: () => host.close() }
}

/** A reason for which another product's definitions cannot be shared. */
export interface SharedCondition {
  readonly refuses: (config: SharedSepConfig) => boolean
  /** Said to the admin, with what to do. */
  readonly reason: string
}

/**
 * When sharing with SAV or SEP is refused (docs/domain.md section 5), as data. What the steps for 64 bit come to
 * is in docs/sharing.md; that they were taken nobody but the admin knows, so there is a switch: our decision.
 */
export const sharedConditions: readonly SharedCondition[] = [
  {
    refuses: ({ sepVersion }) => !/^\d{1,5}(\.\d{1,5}){0,4}$/.test(sepVersion),
    reason: 'the version of the other product is not known: write it as numbers, for example 12.0',
  },
  {
    refuses: ({ sepVersion }) => isAbove12(sepVersion),
    reason:
      'Endpoint Protection 12.1 and later keep their definitions in another layout and do not share them: use LiveUpdate or an internal server',
  },
  {
    refuses: ({ bits, sharing64 }) => bits === 64 && !sharing64,
    reason:
      'on 64 bit sharing works only under conditions and after additional steps, see docs/sharing.md: set sharing64: true once they are taken',
  },
]

/** The first reason that applies, null when sharing is in order. */
export function refusalOf(config: SharedSepConfig): string | null {
  return sharedConditions.find(({ refuses }) => refuses(config))?.reason ?? null
}

// 12.0 and every build of it may share; 12.1 and up may not.
function isAbove12(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 12 || (major === 12 && minor > 0)
}
