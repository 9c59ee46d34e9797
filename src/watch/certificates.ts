import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ownFolder, publishedTree } from '../config/layout.ts'
import { readSmall } from '../disk/foreign-file.ts'
import { readPointer } from '../hawking/pointer.ts'
import { openStore } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import { type CertificateFacts, certificateFacts, certificatesOfSignature } from './certificate-facts.ts'
import { remind, type Watch } from './remind.ts'

/**
 * A certificate that is in use here, or the root of the published tree, which ends as one; roles as `defs keys show` has
 * them. Times are RFC 3339, UTC.
 */
export interface CertificateInUse {
  readonly use: 'serve' | 'console' | 'root' | 'guard' | 'guard-root' | 'signer' | 'anchor'
  readonly path: string
  readonly subject: string
  readonly starts: string
  readonly ends: string
  /** When its file was put there. */
  readonly installed: string
  readonly state: 'valid' | 'ending' | 'ended' | 'not-yet'
}

type Watched = Pick<Config, 'serve' | 'console' | 'store' | 'publish' | 'trust'>

/**
 * The certificates that the internal server and the console show, the root of the published tree, those that sign the
 * guards made here, the pinned anchors, and where `trust.expired` refuses it after its end, that of the current set, each
 * with its end. A file that cannot be read, or holds none, gives none: who needs it says so.
 */
export async function certificatesInUse(config: Watched, now: Date): Promise<readonly CertificateInUse[]> {
  const { serve, console, store, publish, trust } = config
  // Where src/publish/paths.ts has them.
  const guard = join(publish.keys ?? join(ownFolder(store.root), 'publish', 'keys'), 'guard')
  const files: [CertificateInUse['use'], string | null][] = [
    ['serve', serve.certificate],
    ['console', console?.certificate ?? null],
    ['guard', join(guard, 'signer.pem')],
    ['guard-root', join(guard, 'root.pem')],
    ...trust.anchors.map((path): ['anchor', string] => ['anchor', path]),
  ]
  const all = files.flatMap(([use, path]) => (path === null ? [] : certificatesIn(use, path, now)))
  const signers = trust.expired === 'refuse' ? await signerOf(config, now) : []
  return [...publishedRoot(publishedTree(store.root, publish.root), now), ...signers, ...all]
}

/** Of the certificates that the signature of the current set carries the one that ends first. */
async function signerOf({ store }: Watched, now: Date): Promise<readonly CertificateInUse[]> {
  try {
    const { definfo, virusDefs } = openStore(store.root, store.layout)
    const { current } = await readPointer({ definfo })
    const path = join(virusDefs, current ?? '', 'v.sig')
    const all = certificatesOfSignature(readSmall(path, limits.signature, 0))
    const [first] = all.toSorted((a, b) => a.ends.getTime() - b.ends.getTime())
    return first ? [inUse('signer', path, first, now)] : []
  } catch {
    return []
  }
}

/** Past the end of the root clients of TUF believe nothing of a tree, however fresh all else in it is signed. */
function publishedRoot(tree: string, now: Date): readonly CertificateInUse[] {
  const path = join(tree, 'metadata', 'root.json')
  try {
    const { signed } = JSON.parse(readSmall(path, limits.trustFile, 0).toString())
    const [installed, ends] = [statSync(path).mtime, new Date(signed.expires)]
    return [
      {
        use: 'root',
        path,
        subject: `TUF root ${signed.version}`,
        starts: installed.toISOString(),
        ends: ends.toISOString(),
        installed: installed.toISOString(),
        state: stateOf(new Date(0), ends, now),
      },
    ]
  } catch {
    return []
  }
}

function certificatesIn(use: CertificateInUse['use'], path: string, now: Date): readonly CertificateInUse[] {
  try {
    const text = readSmall(path, limits.trustFile, 0).toString('latin1')
    const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    // Of a chain that is shown the first is one's own; of anchors every one counts.
    const wanted = use === 'anchor' ? pems : pems.slice(0, 1)
    return wanted.map((pem) => inUse(use, path, certificateFacts(pem), now))
  } catch {
    return []
  }
}

function inUse(
  use: CertificateInUse['use'],
  path: string,
  { subject, starts, ends }: CertificateFacts,
  now: Date,
): CertificateInUse {
  return {
    use,
    path,
    subject,
    starts: starts.toISOString(),
    ends: ends.toISOString(),
    installed: statSync(path).mtime.toISOString(),
    state: stateOf(starts, ends, now),
  }
}

function stateOf(starts: Date, ends: Date, now: Date): CertificateInUse['state'] {
  if (now < starts) return 'not-yet'
  if (now > ends) return 'ended'
  return ends.getTime() - now.getTime() < limits.certificateWarning ? 'ending' : 'valid'
}

const dayLength = 86_400_000

/**
 * Those that have ended or come to their end within `limits.certificateWarning`. An anchor past its end is told no more:
 * whether it counts is for `trust.expired` to say, and vendors' anchors outlive their dates.
 */
export async function certificatesAtEnd(config: Watched, now: Date) {
  const all = await certificatesInUse(config, now)
  return {
    ended: all.filter(({ state, use }) => state === 'ended' && use !== 'anchor'),
    ending: all.filter(({ state }) => state === 'ending'),
  }
}

/** A certificate as events and `doctor` name it. */
export function describeEnd({ use, path, ends }: CertificateInUse): string {
  return `${use} ${path} on ${ends.slice(0, 10)}`
}

/** Events 1044 and 1045 of certificates that come to their end, at once and then once a day. */
export async function watchCertificates(watch: Watch): Promise<void> {
  const { ended, ending } = await certificatesAtEnd(watch.config, watch.context.now())
  const [first] = [...ended, ...ending]
  if (!first) return remind('certificates', null, dayLength, watch)
  const told = [...ended, ...ending].map(describeEnd)
  const facts = { path: first.path, reason: told.join(', '), until: first.ends }
  const event = ended.length > 0 ? 'certificate.ended' : 'certificate.ending'
  await remind(
    'certificates',
    { about: told.join(), again: 'at every change', event, facts },
    dayLength,
    watch,
  )
}
