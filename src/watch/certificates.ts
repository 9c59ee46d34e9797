import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { publishedTree } from '../config/layout.ts'
import { readSmall } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import { certificateFacts } from './certificate-facts.ts'
import { remind, type Watch } from './remind.ts'

/** A certificate that is in use here, or the root of the published tree, which ends as one. Times are RFC 3339, UTC. */
export interface CertificateInUse {
  readonly use: 'serve' | 'console' | 'root' | 'anchor'
  readonly path: string
  readonly subject: string
  readonly starts: string
  readonly ends: string
  /** When its file was put there. */
  readonly installed: string
  readonly state: 'valid' | 'ending' | 'ended' | 'not-yet'
}

/**
 * The certificates that the internal server and the console show, the root of the published tree, and the pinned
 * anchors, each with its end. A file that cannot be read, or holds none, gives none: who needs it says so.
 */
export async function certificatesInUse(
  {
    serve,
    console,
    store,
    publish,
    trust,
  }: Pick<Config, 'serve' | 'console' | 'store' | 'publish' | 'trust'>,
  now: Date,
): Promise<readonly CertificateInUse[]> {
  const files: [CertificateInUse['use'], string | null][] = [
    ['serve', serve.certificate],
    ['console', console?.certificate ?? null],
    ...trust.anchors.map((path): ['anchor', string] => ['anchor', path]),
  ]
  const all = files.flatMap(([use, path]) => (path === null ? [] : certificatesIn(use, path, now)))
  return [...publishedRoot(publishedTree(store.root, publish.root), now), ...all]
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
    const installed = statSync(path).mtime.toISOString()
    const pems = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    // Of a chain that is shown the first is one's own; of anchors every one counts.
    const wanted = use === 'anchor' ? pems : pems.slice(0, 1)
    return wanted.map((pem) => {
      const { subject, starts, ends } = certificateFacts(pem)
      return {
        use,
        path,
        subject,
        starts: starts.toISOString(),
        ends: ends.toISOString(),
        installed,
        state: stateOf(starts, ends, now),
      }
    })
  } catch {
    return []
  }
}

function stateOf(starts: Date, ends: Date, now: Date): CertificateInUse['state'] {
  if (now < starts) return 'not-yet'
  if (now > ends) return 'ended'
  return ends.getTime() - now.getTime() < limits.certificateWarning ? 'ending' : 'valid'
}

const dayLength = 86_400_000

/**
 * Events 1044 and 1045 of certificates that come to their end, at once and then once a day. An anchor past its end is
 * told no more: whether it counts is for `trust.expired` to say, and vendors' anchors outlive their dates.
 */
export async function watchCertificates(watch: Watch): Promise<void> {
  const all = await certificatesInUse(watch.config, watch.context.now())
  const ended = all.filter(({ state, use }) => state === 'ended' && use !== 'anchor')
  const ending = all.filter(({ state }) => state === 'ending')
  const [first] = [...ended, ...ending]
  if (!first) return remind('certificates', null, dayLength, watch)
  const told = [...ended, ...ending].map(({ use, path, ends }) => `${use} ${path} on ${ends.slice(0, 10)}`)
  const facts = { path: first.path, reason: told.join(', '), until: first.ends }
  const event = ended.length > 0 ? 'certificate.ended' : 'certificate.ending'
  await remind(
    'certificates',
    { about: told.join(), again: 'at every change', event, facts },
    dayLength,
    watch,
  )
}
