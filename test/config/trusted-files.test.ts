import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refuseUnsafeFiles, unsafeFiles } from '../../src/config/check/trusted-files.ts'
import { loadConfig } from '../../src/config/resolve.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'defs-trusted-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A file that everybody may write to. */
function open(name: string, mode = 0o777): string {
  const path = join(folder, name)
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, mode)
  return path
}

const load = async (text: string, env: Record<string, string> = {}, secrets = false) => {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, text)
  chmodSync(file, 0o644)
  const { config } = await loadConfig({ file, env, cwd: folder, home: folder, uid: null, secrets })
  return config
}

/** Every key whose file decides whom we believe or what we run; `FILE` stands for it. */
const rows: readonly [key: string, text: string][] = [
  ['trust.anchors', 'trust: { anchors: [FILE] }'],
  ['trust.tufRoot', 'trust: { tufRoot: FILE }'],
  ['network.authorities', 'network: { authorities: FILE }'],
  [
    'sources.one.minisign',
    "sources: { one: { kind: rules, url: 'http://127.0.0.1/x.tar.gz', minisign: FILE } }",
  ],
  [
    'sources.one.certificates',
    "sources: { one: { kind: clamav, hosts: ['http://127.0.0.1/'], certificates: [FILE] } }",
  ],
  ['events.sinks', "events: { sinks: [{ kind: webhook, url: 'https://127.0.0.1/', authorities: FILE }] }"],
  ['events.sinks', 'events: { sinks: [{ kind: command, argv: [FILE] }] }'],
  ['publish.keys', 'publish: { keys: FOLDER }'],
  ['publish.passphraseFile', 'publish: { passphraseFile: FILE }'],
  ['serve.certificate', 'serve: { certificate: FILE }'],
  ['serve.key', 'serve: { key: FILE }'],
  ['serve.tokens', 'serve: { tokens: FILE }'],
  ['console.users', 'console: { users: FILE }'],
  ['console.tokens', 'console: { users: /etc/hostname, tokens: FILE }'],
  ['scanner.argv', 'scanner: { kind: command, argv: [FILE] }'],
  ['scanner.restart', 'scanner: { kind: clamd, socket: /run/x, restart: [FILE] }'],
  ['scanner.watch', 'scanner: { confirm: 1m, watch: [FILE] }'],
  ['role.command', 'role: { command: [FILE] }'],
  ['gate.command', 'gate: { command: [FILE] }'],
  ['gate.command', "gate: { command: [/bin/sh, FILE, '{set}'] }"],
  ['gate.program', 'gate: { engine: clamscan, program: FILE }'],
]

describe.skipIf(process.platform === 'win32')('files that a configuration trusts', () => {
  it.each(rows)(
    '%s is told of when everybody may write to it, and passes when nobody may',
    async (key, text) => {
      const file = open('file')
      const keys = join(folder, 'keys')
      mkdirSync(keys)
      writeFileSync(join(keys, 'root.pem'), '')
      chmodSync(join(keys, 'root.pem'), 0o666)
      const config = await load(text.replace('FILE', file).replace('FOLDER', keys))
      const path = text.includes('FOLDER') ? keys : file
      expect(unsafeFiles(config)).toMatchObject([{ key, path }])
      expect(() => refuseUnsafeFiles(config)).toThrow(expect.objectContaining({ code: 'CONFIG_UNSAFE' }))
      chmodSync(file, 0o755)
      chmodSync(join(keys, 'root.pem'), 0o600)
      expect(unsafeFiles(config)).toEqual([])
    },
  )

  it('are judged by the folders above them', async () => {
    const config = await load(`trust: { anchors: [${open('file', 0o644)}] }`)
    expect(unsafeFiles(config)).toEqual([])
    chmodSync(folder, 0o777)
    expect(unsafeFiles(config)).toMatchObject([
      { message: expect.stringContaining(`everybody may write to ${folder}`) },
    ])
  })

  it('end a command that goes out before it does, and none that only looks', async () => {
    const text = `trust: { anchors: [${open('file')}] }`
    await expect(load(text, {}, true)).rejects.toMatchObject({
      code: 'CONFIG_UNSAFE',
      facts: { problems: [expect.stringMatching(/^trust\.anchors: /)] },
    })
    await expect(load(text)).resolves.toBeDefined()
  })

  it('are taken as they are by trust.allowUnsafeFiles', async () => {
    const text = `trust: { anchors: [${open('file')}], allowUnsafeFiles: true }`
    expect(unsafeFiles(await load(text, {}, true))).toEqual([])
  })

  it('a program by its name alone is found on the PATH', async () => {
    const path = process.env['PATH']
    open('tool')
    try {
      process.env['PATH'] = `${folder}:${path}`
      expect(unsafeFiles(await load('role: { command: [tool] }'))).toMatchObject([
        { path: join(folder, 'tool') },
      ])
    } finally {
      process.env['PATH'] = path
    }
  })

  it('the configuration itself is excused by a variable alone', async () => {
    const text = 'trust: { allowUnsafeFiles: true }'
    chmodSync(folder, 0o777)
    await expect(load(text)).rejects.toMatchObject({ code: 'CONFIG_UNSAFE' })
    await expect(load(text, { DEFS_TRUST_ALLOW_UNSAFE_FILES: 'true' })).resolves.toBeDefined()
  })
})
