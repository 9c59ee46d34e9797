import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipOf } from './archive.ts'
import { type Authority, makeAuthority } from './authority.ts'
import { type Files, guardText, makeSet, sampleFiles } from './definition-set.ts'
import { type FtpBehaviour, type FtpServer, startFtpServer } from './ftp-server.ts'
import { type HttpServer, startHttpServer } from './http-server.ts'

export interface Release {
  readonly set: string
  readonly sequence?: number
  readonly files?: Files
  /** Changes the finished package before the index is made over it. */
  readonly spoilPackage?: (zip: Buffer) => Buffer
  /** Changes the set after it was signed and before it is packed. */
  readonly spoilSet?: (set: Map<string, Buffer>) => void
  /** Changes the finished index archive. */
  readonly spoilIndex?: (zip: Buffer) => Buffer
  /** Keys of the index item to replace. */
  readonly item?: Readonly<Record<string, string>>
  /** Incremental packages that lead to it. */
  readonly steps?: readonly Step[]
}

/** An incremental package, as incremental.ts makes them. */
export interface Step {
  readonly base: string
  readonly bytes: Buffer
  /** Keys of its index item to replace. */
  readonly item?: Readonly<Record<string, string>>
}

/** A vendor on loopback: LiveUpdate over HTTP and over FTP, Rapid Release over FTP, one authority. */
export interface Vendor {
  readonly directory: string
  readonly authority: Authority
  readonly http: HttpServer
  readonly ftp: FtpServer
  /** Everything that is published, by path; served by both servers. */
  readonly tree: Map<string, Uint8Array>
  /** Publishes a certified set; returns the name of its package. */
  certify(release: Release): string
  /** Publishes a Rapid Release set in its sequence folder, with `md5-hash.txt`. */
  release(release: Release & { readonly sequence: number }): string
  /** Writes a configuration whose store is `<directory>/store`, for sets of any age; `extra` is appended. */
  configure(extra?: string): string
  readonly store: string
  close(): Promise<void>
}

const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
const rapidFolder = 'AVDEFS/symantec_antivirus_corp/rapidrelease'
export const indexName = 'smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip'

const sequenceOf = (set: string) => `${set.slice(2, 8)}${set.slice(9)}`

/** What the vendor calls an incremental package. */
export const stepName = (set: string, base: string) =>
  `1768471200jtun_${sequenceOf(set)}_from_${sequenceOf(base)}.zip`

function stepItem(full: Readonly<Record<string, string>>, file: string, { base, bytes, item }: Step) {
  return {
    ...full,
    BaseSeqData: sequenceOf(base),
    FileName: file,
    Size: String(bytes.length),
    IncrementalPackage: 'TRUE',
    ...item,
  }
}

/** How the vendor signs and packs. */
interface Workshop {
  readonly authority: (directory: string) => Authority
  readonly zip: (files: Files) => Buffer
}

export async function startVendor(
  behaviour: Partial<FtpBehaviour> = {},
  { authority: authorityIn, zip: zipped }: Workshop = { authority: makeAuthority, zip: zipOf },
): Promise<Vendor> {
  const directory = mkdtempSync(join(tmpdir(), 'defs-vendor-'))
  const authority = authorityIn(join(directory, 'authority'))
  const tree = new Map<string, Uint8Array>([['minitri.flg', Buffer.from(' ')]])
  const http = await startHttpServer({ files: tree })
  const ftp = await startFtpServer({ ...behaviour, files: tree })
  const store = join(directory, 'store')

  function setOf(release: Release, grade: string): Map<string, Buffer> {
    const { set, sequence = null, files = sampleFiles(set) } = release
    const made = makeSet({ authority, files, set, sequence, grade })
    release.spoilSet?.(made)
    return made
  }

  function certify(release: Release): string {
    const made = setOf(release, 'certified')
    const zip = zipped(made)
    const bytes = release.spoilPackage?.(zip) ?? zip
    const sequence = sequenceOf(release.set)
    const name = `1768471200jtun_${sequence}.zip`
    const full = [...made.values()].reduce((sum, file) => sum + file.length, 0)
    const item: Record<string, string> = {
      ItemSeqName: 'CurDefs',
      ItemSeqData: sequence,
      FileName: name,
      Size: String(bytes.length),
      FullSize: String(full),
      IncrementalPackage: 'FALSE',
      ...(release.sequence === undefined ? {} : { Sequence: String(release.sequence) }),
      Grade: 'certified',
      ...release.item,
    }
    const steps = new Map(
      (release.steps ?? []).map((step) => [stepName(release.set, step.base), step] as const),
    )
    const items = [item, ...[...steps].map(([file, step]) => stepItem(item, file, step))]
    const sections = items.flatMap((keys, index) => [
      `[ExItem${index}]`,
      ...Object.entries(keys).map(([key, value]) => `${key}=${value}`),
    ])
    const tri = Buffer.from(
      ['[LiveUpdate]', 'LastModified=20261121 06:00AM GMT', ...sections, ''].join('\r\n'),
    )
    for (const [file, step] of steps) tree.set(file, step.bytes)
    const guard = Buffer.from(
      guardText(
        new Map([
          ['liveupdt.tri', tri],
          [name, bytes],
          ...[...steps].map(([file, step]): [string, Buffer] => [file, step.bytes]),
        ]),
      ),
    )
    const index = zipped(
      new Map([
        ['liveupdt.tri', tri],
        ['v.grd', guard],
        ['v.sig', authority.sign(guard)],
      ]),
    )
    tree.set(name, bytes)
    tree.set(indexName, release.spoilIndex?.(index) ?? index)
    return name
  }

  function release(one: Release & { readonly sequence: number }): string {
    const zip = zipped(setOf(one, 'rapid'))
    const bytes = one.spoilPackage?.(zip) ?? zip
    const name = 'symrapidreleasedefscore15-v5i32.zip'
    const folder = `${rapidFolder}/sequence/${one.sequence}`
    tree.set(`${folder}/${name}`, bytes)
    tree.set(
      `${folder}/md5-hash.txt`,
      Buffer.from(`${createHash('md5').update(bytes).digest('hex')}  ${name}\n`),
    )
    return `${folder}/${name}`
  }

  return {
    directory,
    authority,
    http,
    ftp,
    tree,
    store,
    certify,
    release,
    configure(extra = '') {
      const file = join(directory, 'defs.yaml')
      writeFileSync(
        file,
        `store: { root: '${store}', keep: 3 }
trust: { anchors: ['${authority.rootPath}'] }
default: liveupdate
sources:
  liveupdate: { kind: liveupdate, hosts: ['${http.url}'], ${product} }
  over-ftp: { kind: liveupdate, hosts: ['${ftp.url}'], ${product} }
  two-hosts: { kind: liveupdate, hosts: ['http://127.0.0.1:9/', '${http.url}'], ${product} }
  rapid: { kind: rapid-release, url: '${ftp.url}${rapidFolder}/', platform: core15-v5i32 }
${extra.includes('maxAge') ? '' : 'maxAge: 36500d\n'}${extra}`,
      )
      return file
    },
    async close() {
      await Promise.all([http.close(), ftp.close()])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
