import { createHash, randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { renamePatiently } from '../disk/rename.ts'
import { limits } from '../limits.ts'
import { compareSetNames, itemSequenceOf } from '../set-name.ts'
import { writeIni } from '../text/ini.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import { guardText, signGuard } from '../trust/issue/sign-guard.ts'
import type { Channel, Packed, Release } from './catalog.ts'
import { writeZip } from './pack/zip-writer.ts'
import type { PublishPaths } from './paths.ts'

/** What the index is about, as clients name it. */
export interface Subject {
  readonly product: string
  readonly version: string
  readonly language: string
}

/** What an index is the index of: a channel, or, without a statement, one set for whoever picks it. */
type IndexOf = Pick<Channel, 'name' | 'since'> &
  (Pick<Channel, 'statement' | 'demoted' | 'withdrawn'> | { readonly statement: null })

/** The text of `liveupdt.tri` (docs/contract.md section 7): the full package first, then every incremental one. */
function triText(release: Release, channel: IndexOf, subject: Subject, maxAge: number | null): string {
  const { set, sequence, grade, unpackedBytes } = release
  const item = ({ file, bytes }: Packed, more: readonly (readonly [string, string])[]) => [
    ['ItemName', subject.product] as const,
    ['Product', subject.product] as const,
    ['Version', subject.version] as const,
    ['Language', subject.language] as const,
    ['ItemSeqName', 'CurDefs'] as const,
    ['ItemSeqData', itemSequenceOf(set)] as const,
    ['FileName', file] as const,
    ['Size', String(bytes)] as const,
    ['FullSize', String(unpackedBytes)] as const,
    ...more,
    ...(sequence === null ? [] : [['Sequence', String(sequence.number)] as const]),
    ['Grade', grade] as const,
  ]
  const full = item(release.full, [
    ['IncrementalPackage', 'FALSE'],
    ...statementLines(channel),
    ...(maxAge === null ? [] : [['MaxAge', String(Math.floor(maxAge / 1000))] as const]),
  ])
  const steps = release.steps.map((step) =>
    item(step, [
      ['IncrementalPackage', 'TRUE'],
      ['BaseSeqData', itemSequenceOf(step.base)],
    ]),
  )
  const items = [full, ...steps].map((entries, index) => [`ExItem${index}`, entries] as const)
  return writeIni([['LiveUpdate', [['LastModified', stamp(channel.since)]]], ...items])
}

function statementLines(channel: IndexOf): (readonly [string, string])[] {
  if (channel.statement === null) return []
  const withdrawn = channel.withdrawn.toSorted(compareSetNames).slice(-limits.withdrawn)
  return [
    ['Statement', String(channel.statement)],
    ['Demoted', channel.demoted ? 'TRUE' : 'FALSE'],
    ...(withdrawn.length > 0 ? [['Withdrawn', withdrawn.map(itemSequenceOf).join(',')] as const] : []),
  ]
}

/** What an index is made with. */
export interface IndexMaking {
  readonly signer: Certified
  readonly paths: PublishPaths
  /** What clients of the channel are told of the age of its sets; null for nothing. Milliseconds. */
  readonly maxAge: number | null
}

/**
 * The signed index archive of a channel, made once for the same text and signer: signatures differ each time, and
 * an index that changed without reason would be fetched again by everybody.
 */
export async function indexArchive(
  release: Release,
  channel: IndexOf,
  subject: Subject,
  { signer, paths, maxAge }: IndexMaking,
): Promise<string> {
  const tri = Buffer.from(triText(release, channel, subject, maxAge))
  const by = Buffer.from(signer.certificate.toSchema().toBER())
  const key = createHash('sha256').update(tri).update(by).digest('hex')
  const path = join(paths.indexes, `${channel.name}-${key}.zip`)
  if (await stat(path).catch(() => null)) return path
  const hex = (algorithm: string) => createHash(algorithm).update(tri).digest('hex')
  const packages = [release.full, ...release.steps].map((file) => ({ ...file, name: file.file }))
  const own = { name: 'liveupdt.tri', sha256: hex('sha256'), sha1: hex('sha1') }
  const guard = Buffer.from(guardText([own, ...packages]))
  const signature = await signGuard(guard, signer)
  const aside = join(paths.work, `${randomBytes(4).toString('hex')}.zip`)
  await writeZip(aside, [
    { name: 'liveupdt.tri', content: tri },
    { name: 'v.grd', content: guard },
    { name: 'v.sig', content: signature },
  ])
  await renamePatiently(aside, path)
  return path
}

/** `20261121 06:00AM GMT`, as the family writes moments. */
function stamp(moment: string): string {
  const [date = '', time = ''] = moment.split('T')
  const hour = Number(time.slice(0, 2))
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0')
  return `${date.replaceAll('-', '')} ${twelve}:${time.slice(3, 5)}${hour < 12 ? 'AM' : 'PM'} GMT`
}
