import { Metadata, Root } from '@tufjs/models'
import { onlineRoles } from './key-ring.ts'
import type { TufSigner } from './tuf-key.ts'

/** Version of the specification that the metadata follows. */
export const specVersion = '1.0.31'

const day = 86_400_000
/** How long a root is good; every rotation renews it. Days. */
const rootLife = 365

/** Public keys by role, and how many of the root's must sign. */
export interface RootContents {
  readonly version: number
  readonly now: Date
  readonly threshold: number
  readonly root: readonly TufSigner['key'][]
  readonly online: Readonly<Record<(typeof onlineRoles)[number], TufSigner['key']>>
}

/** Makes a root and signs it with all of `signers`: those of the new root, and of the one before it. */
export function makeRoot(contents: RootContents, signers: readonly TufSigner[]): Metadata<Root> {
  const { version, now, threshold, root, online } = contents
  const keys = [...root, ...Object.values(online)]
  const signed = Root.fromJSON({
    _type: 'root',
    spec_version: specVersion,
    version,
    expires: momentOf(new Date(now.getTime() + rootLife * day)),
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
    roles: {
      root: { keyids: root.map((key) => key.keyID), threshold },
      ...Object.fromEntries(
        onlineRoles.map((role) => [role, { keyids: [online[role].keyID], threshold: 1 }]),
      ),
    },
  })
  const metadata = new Metadata(signed)
  for (const signer of signers) metadata.sign(signer.sign)
  return metadata
}

/** A moment as metadata writes it: UTC, whole seconds. */
export function momentOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** The bytes of a metadata file. */
export function bytesOf(metadata: { toJSON(): unknown }): Buffer {
  return Buffer.from(`${JSON.stringify(metadata.toJSON(), null, 1)}\n`)
}
