import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type HttpServer, startHttpServer } from './http-server.ts'
import { type MinisignPair, makeMinisignPair, minisign } from './minisign.ts'

/** Files of a pack by their path. */
export type PackFiles = Readonly<Record<string, string>>

/** A pack of rules as a publisher puts it out. */
export interface Pack {
  readonly files?: PackFiles
  /** Instead of an archive of the files. */
  readonly bytes?: Uint8Array
  /** When it was signed and published. */
  readonly at: string
  /** Changes the pack after its signature and MD5 were made. */
  readonly spoil?: (pack: Buffer) => Buffer
}

/** A publisher of rules on loopback: `emerging.rules.tar.gz`, with MD5 and a signature of minisign beside it. */
export interface RulesSite {
  readonly directory: string
  readonly http: HttpServer
  readonly keys: MinisignPair
  readonly url: string
  readonly store: string
  publish(pack: Pack, by?: MinisignPair): Buffer
  /** Puts a file beside the pack. */
  put(name: string, bytes: Uint8Array | string, at?: string): void
  /** Paths asked for since the last call, without the `/` in front. */
  asked(): string[]
  /** Writes a configuration with this source; `extra` is appended. */
  configure(source: string, extra?: string): string
  close(): Promise<void>
}

export const packName = 'emerging.rules.tar.gz'

/** Rules of Suricata, so many of them active. */
function suricataRules(active: number, mark = 'a'): string {
  const rule = (sid: number) =>
    `alert http any any -> any any (msg:"TEST ${mark}"; content:"evil"; sid:${sid}; rev:1;)`
  return `# a test\n${Array.from({ length: active }, (_, n) => rule(n + 1)).join('\n')}\n#${rule(999_999)}\n`
}

/** The usual tree of a pack. */
export function packFiles(active = 10, mark = 'a'): PackFiles {
  return {
    'rules/emerging-malware.rules': suricataRules(active, mark),
    'rules/classification.config': 'config classification: trojan,A Network Trojan was detected,1\n',
    'rules/LICENSE': 'as you like\n',
  }
}

/** The files as tar.gz, made by the real tar. */
export function tarGzOf(files: PackFiles, modified = '2026-11-20T06:00:00Z'): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'defs-pack-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(directory, 'in', dirname(name)), { recursive: true })
      writeFileSync(join(directory, 'in', name), text)
    }
    mkdirSync(join(directory, 'in'), { recursive: true })
    const tops = [...new Set(Object.keys(files).map((name) => name.split('/')[0] ?? name))]
    const all = tops.length > 0 ? tops : ['--files-from=/dev/null']
    execFileSync('tar', [`--mtime=${modified}`, '--sort=name', '-czf', '../pack', ...all], {
      cwd: join(directory, 'in'),
    })
    return readFileSync(join(directory, 'pack'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export async function startRulesSite(): Promise<RulesSite> {
  const directory = mkdtempSync(join(tmpdir(), 'defs-rules-'))
  const tree = join(directory, 'site')
  mkdirSync(tree)
  const http = await startHttpServer({ files: tree })
  const keys = makeMinisignPair()
  const store = join(directory, 'store')

  function put(name: string, bytes: Uint8Array | string, at = '2026-11-20T06:00:00Z'): void {
    writeFileSync(join(tree, name), bytes)
    utimesSync(join(tree, name), new Date(at), new Date(at))
  }

  return {
    directory,
    http,
    keys,
    store,
    put,
    url: `${http.url}${packName}`,
    publish({ files = packFiles(), bytes, at, spoil }, by = keys) {
      const pack = Buffer.from(bytes ?? tarGzOf(files, at))
      const seconds = Math.floor(new Date(at).getTime() / 1000)
      const comment = `timestamp:${seconds}\tfile:${packName}\thashed`
      put(packName, spoil?.(pack) ?? pack, at)
      put(`${packName}.md5`, `${createHash('md5').update(pack).digest('hex')}\n`, at)
      put(`${packName}.minisig`, minisign(pack, by, { comment }), at)
      return pack
    },
    asked: () => http.requests.splice(0).map(({ url }) => url.slice(1)),
    configure(source, extra = '') {
      const file = join(directory, 'defs.yaml')
      writeFileSync(
        file,
        `store: { root: '${store}', keep: 4 }\nmaxAge: 36500d\nsources:\n  rules: { kind: rules, ${source} }\n${extra}`,
      )
      return file
    },
    async close() {
      await http.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
