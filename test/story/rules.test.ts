import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeAuthority } from '../support/authority.ts'
import { startFtpServer } from '../support/ftp-server.ts'
import { serveFile } from '../support/http-server.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { makeMinisignPair } from '../support/minisign.ts'
import { packFiles, packName, type RulesSite, startRulesSite, tarGzOf } from '../support/rules-site.ts'
import { runDefs } from '../support/run-defs.ts'

let site: RulesSite
let config: string
beforeEach(async () => {
  site = await startRulesSite()
  config = site.configure(`url: '${site.url}', minisign: '${site.keys.publicKey}'`)
})
afterEach(() => site.close())

const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])
const update = (...args: string[]) => defs('update', ...args)
const unsigned = () => site.configure(`url: '${site.url}', md5: true, allowUnsigned: true`)
const events = () => eventsOf(site.store).map(({ name }) => name)
const inSet = (...path: string[]) => join(site.store, 'VirusDefs', 'current', ...path)

/** The packs of these days, the second one newer. */
const first = { at: '2026-11-20T06:00:00Z', files: packFiles(10, 'first') }
const second = { at: '2026-11-20T09:00:00Z', files: packFiles(12, 'second') }
const third = { at: '2026-11-21T06:00:00Z', files: packFiles(11, 'third') }

/** A run ends with this code, and the set of the first pack is live and whole. */
async function expectRefused(exitCode: number, code: string): Promise<void> {
  const run = await update()
  expect([run.code, run.json.error?.code]).toEqual([exitCode, code])
  expect(lookAt(site.store)).toEqual({
    current: '20261120.001',
    previous: undefined,
    sets: ['20261120.001'],
    leftovers: [],
    damage: [],
  })
}

describe('a signed pack', () => {
  it('becomes a dated set with its tree as it is, named by its signature', async () => {
    site.publish({ ...first, at: '2026-11-19T23:59:59Z' })
    const run = await update()
    expect(run.json).toMatchObject({
      ok: true,
      changed: true,
      current: '20261119.001',
      previous: null,
      grade: 'certified',
      sequence: Date.parse('2026-11-19T23:59:59Z') / 1000,
      verifiedBy: 'minisign ed25519-blake2b512',
      incremental: false,
    })
    expect(run.json.signedBy).toMatch(/^minisign key [0-9A-F]{16}$/)
    expect(lookAt(site.store)).toMatchObject({ current: '20261119.001', leftovers: [], damage: [] })
    for (const [name, text] of Object.entries(first.files))
      expect(readFileSync(inSet(name), 'utf8')).toBe(text)
    expect(site.asked()).toEqual([`${packName}.minisig`, packName])
    expect(events()).toEqual(['definitions.updated', 'scanner.updated'])
    expect((await defs('verify', '--all')).code).toBe(0)
    expect((await defs('doctor')).code).toBe(0)
  })

  it('may have names that nobody would choose', async () => {
    site.publish({ ...first, files: { ...first.files, 'rules/ÄRGER [1]; x=y.txt': 'x\n' } })
    expect((await update()).json).toMatchObject({ changed: true })
    expect((await defs('verify')).code).toBe(0)
    expect((await update()).json).toMatchObject({ changed: false, exitCode: 0 })
  })

  it('costs one small request when nothing is new', async () => {
    site.publish(first)
    await update()
    site.asked()
    expect((await update()).json).toMatchObject({ exitCode: 0, changed: false, bytesDownloaded: 0 })
    expect(site.asked()).toEqual([`${packName}.minisig`])
    expect((await defs('check')).code).toBe(0)
    expect(site.asked()).toEqual([`${packName}.minisig`])
    expect(events().filter((name) => name === 'definitions.updated')).toHaveLength(1)
  })

  it('that is newer is taken, the next revision of its day; check says 100 before', async () => {
    site.publish(first)
    await update()
    site.publish(second)
    expect((await defs('check')).code).toBe(100)
    expect((await update()).json).toMatchObject({
      changed: true,
      previous: '20261120.001',
      current: '20261120.002',
    })
    site.publish(third)
    expect((await update()).json).toMatchObject({ changed: true, current: '20261121.001' })
    expect(lookAt(site.store)).toMatchObject({
      sets: ['20261120.001', '20261120.002', '20261121.001'],
      leftovers: [],
      damage: [],
    })
  })

  it('that was signed anew with the same contents is the same set', async () => {
    site.publish(first)
    await update()
    site.publish({ ...first, at: third.at })
    expect((await update()).json).toMatchObject({ changed: false, current: '20261120.001' })
    site.asked()
    await update()
    expect(site.asked()).toEqual([`${packName}.minisig`])
  })

  it('that is older and replayed is not taken, even where its set is gone', async () => {
    site.publish(second)
    await update()
    site.publish(first)
    site.asked()
    const run = await update()
    expect(run.json).toMatchObject({ exitCode: 0, changed: false, current: '20261120.001' })
    expect(run.json.reason).toMatch(/^older/)
    expect(site.asked()).toEqual([`${packName}.minisig`])
    // A comment that claims to be new does not help: it is signed, too.
    const replay = readFileSync(join(site.directory, 'site', `${packName}.minisig`), 'utf8')
    site.put(
      `${packName}.minisig`,
      replay.replace(/timestamp:\d+/, `timestamp:${Date.parse(third.at) / 1000}`),
    )
    await expectRefused(5, 'TRUST_SIGNATURE')
  })

  it('is asked for its MD5 first where that is configured', async () => {
    config = site.configure(`url: '${site.url}', md5: true, minisign: '${site.keys.publicKey}'`)
    site.publish(first)
    await update()
    expect(site.asked()).toEqual([`${packName}.md5`, `${packName}.minisig`, packName])
    await update()
    expect(site.asked()).toEqual([`${packName}.md5`])
  })
})

describe('a pack that is not to be trusted', () => {
  beforeEach(async () => {
    site.publish(first)
    expect((await update()).code).toBe(0)
  })

  it.each([
    [
      'was changed after it was signed',
      () => site.publish({ ...third, spoil: () => tarGzOf(packFiles(3, 'evil')) }),
      'TRUST_SIGNATURE',
    ],
    ['is signed by another key', () => site.publish(third, makeMinisignPair()), 'TRUST_CHAIN'],
    [
      'is signed by another key under the id of ours',
      () => site.publish(third, { ...makeMinisignPair(), id: site.keys.id }),
      'TRUST_SIGNATURE',
    ],
    [
      'lost its signature',
      () => rmSync(join(site.directory, 'site', `${packName}.minisig`)),
      'TRUST_SIGNATURE_MISSING',
    ],
    ['is dated far ahead', () => site.publish({ ...third, at: '2099-01-01T00:00:00Z' }), 'TRUST_FUTURE'],
  ] as const)('%s', async (_, publish, code) => {
    publish()
    await expectRefused(5, code)
    expect(events()).toContain('package.refused')
  })

  it('brings a guard of its own', async () => {
    site.publish({ ...third, files: { ...third.files, 'V.GRD': '[GuardHeader]\n' } })
    await expectRefused(4, 'ARCHIVE_COLLISION')
  })

  it('does not have the MD5 beside it', async () => {
    config = site.configure(`url: '${site.url}', md5: true, minisign: '${site.keys.publicKey}'`)
    site.publish({
      ...third,
      spoil: (pack) => Buffer.concat([pack.subarray(0, 100), Buffer.from('x'), pack.subarray(101)]),
    })
    await expectRefused(5, 'TRUST_DIGEST')
  })
})

/** Where suricata-update and freshclam end with 0, and the first one without any rules. */
describe('what is no pack of rules', () => {
  const page = '<!doctype html><html><body>Please log in</body></html>'
  const muted = Object.fromEntries(
    Object.entries(packFiles(10)).map(([name, text]) => [name, text.replaceAll(/^(?=\w)/gm, '#')]),
  )
  const wrong = [
    ['a page for people', { bytes: Buffer.from(page) }, 'FETCH_HTML'],
    ['a page for people in a tar.gz', { files: { 'rules/emerging-malware.rules': page } }, 'ARCHIVE_UNKNOWN'],
    ['a truncated pack', { bytes: tarGzOf(packFiles(4000)).subarray(0, 4000) }, 'ARCHIVE_TRUNCATED'],
    ['an empty file', { bytes: Buffer.alloc(0) }, 'FETCH_SIZE'],
    ['an archive of nothing', { bytes: tarGzOf({}) }, 'ARCHIVE_UNKNOWN'],
    ['a pack without files of rules', { files: { 'rules/README': 'soon\n' } }, 'ARCHIVE_UNKNOWN'],
    ['a pack whose rules are all commented out', { files: muted }, 'ARCHIVE_UNKNOWN'],
    ['empty files of rules', { files: { 'a.rules': '', 'b.yar': '/* rule x { } */' } }, 'ARCHIVE_UNKNOWN'],
  ] as const

  it.each(['signed', 'unsigned'])('is refused, %s, and the old rules stay', async (how) => {
    if (how === 'unsigned') config = unsigned()
    site.publish(first)
    expect((await update()).code).toBe(0)
    const codes: Record<string, unknown> = {}
    for (const [what, pack] of wrong) {
      site.publish({ ...pack, at: third.at })
      const run = await update()
      codes[what] = [run.code, run.json.error?.code]
      expect(lookAt(site.store)).toMatchObject({ current: '20261120.001', leftovers: [], damage: [] })
    }
    expect(codes).toEqual(Object.fromEntries(wrong.map(([what, , code]) => [what, [4, code]])))
  })

  it('is never a first set either', async () => {
    site.publish({ files: muted, at: first.at })
    expect([(await update()).code, lookAt(site.store).sets]).toEqual([4, []])
    expect((await defs('status')).code).toBe(13)
  })

  it('has fewer rules than the site wants', async () => {
    site.publish(first)
    await update()
    config = site.configure(`url: '${site.url}', minisign: '${site.keys.publicKey}', least: 12`)
    site.publish(third)
    await expectRefused(7, 'GATE_REFUSED')
    site.publish({ ...third, files: packFiles(12) })
    expect((await update()).json).toMatchObject({ changed: true, current: '20261121.001' })
  })
})

describe('an unsigned pack', () => {
  beforeEach(() => {
    config = unsigned()
  })

  it('is reported as such each time, and dated by its server', async () => {
    site.publish(first)
    expect((await update()).json).toMatchObject({
      current: '20261120.001',
      grade: 'rapid',
      sequence: null,
      signedBy: 'nobody (allowUnsigned)',
    })
    expect(site.asked()).toEqual([`${packName}.md5`, packName])
    await update()
    expect(site.asked()).toEqual([`${packName}.md5`])
    site.publish(second)
    expect((await update()).json).toMatchObject({ current: '20261120.002' })
    expect(events().filter((name) => name === 'package.unsigned')).toHaveLength(2)
  })

  it('is dated by its newest file where no server says', async () => {
    site.publish(first)
    const pack = readFileSync(join(site.directory, 'site', packName))
    site.http.faults.set(`/${packName}`, (_, response) =>
      response.writeHead(200, { 'content-length': pack.length }).end(pack),
    )
    expect((await update()).json).toMatchObject({ current: '20261120.001' })
  })

  it('is dated as the configuration wants it, and not at all where nothing tells', async () => {
    const { fetched, members } = { fetched: new Date(), members: '2026-10-05T06:00:00Z' }
    const by = (version: string) =>
      site.configure(`url: '${site.url}', md5: true, allowUnsigned: true${version}`)
    site.publish({ bytes: tarGzOf(first.files, members), at: third.at })
    const dates: Record<string, unknown> = {}
    for (const version of ['members', 'modified', 'fetched']) {
      config = by(`, version: ${version}`)
      dates[version] = (await update()).json.current
      rmSync(site.store, { recursive: true, force: true })
    }
    const today = [fetched, new Date()].map((date) => date.toISOString().slice(0, 10).replaceAll('-', ''))
    expect(dates).toMatchObject({ members: '20261005.001', modified: '20261121.001' })
    expect(today.map((day) => `${day}.001`)).toContain(dates['fetched'])
    config = by('')
    const pack = tarGzOf(first.files, '1970-01-01T00:00:00Z')
    site.publish({ bytes: pack, at: third.at })
    site.http.faults.set(`/${packName}`, (_, response) => response.writeHead(200).end(pack))
    expect((await update()).json).toMatchObject({ exitCode: 5, error: { code: 'TRUST_SET_NAME' } })
  })

  it('over FTP is dated by MDTM', async () => {
    const pack = tarGzOf(first.files, '2026-10-05T06:00:00Z')
    const md5 = `${createHash('md5').update(pack).digest('hex')}  ${packName}\n`
    const files = new Map([
      [`open/${packName}`, pack],
      [`open/${packName}.md5`, Buffer.from(md5)],
    ])
    const ftp = await startFtpServer({ files })
    try {
      config = site.configure(`url: '${ftp.url}open/${packName}', md5: true, allowUnsigned: true`)
      // The day that all files of that server bear.
      expect((await update()).json).toMatchObject({ changed: true, current: '20261121.001' })
    } finally {
      await ftp.close()
    }
  })

  it('whose MD5 is missing or a page is refused', async () => {
    site.publish(first)
    site.put(`${packName}.md5`, '<html>login</html>')
    expect((await update()).json.error.code).toBe('INDEX_HTML')
    site.put(`${packName}.md5`, 'd41d8\n')
    expect((await update()).json.error.code).toBe('INDEX_INVALID')
    rmSync(join(site.directory, 'site', `${packName}.md5`))
    expect((await update()).json.error.code).toBe('SOURCE_NOT_FOUND')
    expect(lookAt(site.store).sets).toEqual([])
  })
})

describe('other proofs', () => {
  it('a pinned digest takes that pack and no other, and asks for nothing afterwards', async () => {
    const pinned = site.publish(first)
    const sha256 = createHash('sha256').update(pinned).digest('hex')
    config = site.configure(`url: '${site.url}', sha256: '${sha256}'`)
    expect((await update()).json).toMatchObject({ current: '20261120.001', verifiedBy: 'pinned sha256' })
    expect(site.asked()).toEqual([packName])
    await update()
    expect(site.asked()).toEqual([])
    config = site.configure(
      `url: '${site.url}', sha256: '${sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}'`,
    )
    await expectRefused(5, 'TRUST_DIGEST')
  })

  it.each([
    ['p7s', 'DER'],
    ['sig', 'PEM'],
  ])('PKCS#7 as .%s in %s, by trust.anchors; an older signature is older', async (suffix, form) => {
    const authority = makeAuthority(join(site.directory, 'authority'))
    const anchors = `trust: { anchors: ['${authority.rootPath}'] }\n`
    config = site.configure(`url: '${site.url}', pkcs7: true`, anchors)
    const sign = (pack: Buffer) =>
      authority.sign(pack, { options: form === 'PEM' ? ['-outform', 'PEM'] : [] })
    const pack = site.publish(third)
    site.put(`${packName}.${suffix}`, sign(pack))
    const run = await update()
    expect(run.json).toMatchObject({ changed: true, signedBy: 'authority-signer' })
    expect(run.json.verifiedBy).toMatch(/^pkcs7 /)
    expect(Math.abs(run.json.sequence - Date.now() / 1000)).toBeLessThan(3600)
    const other = makeAuthority(join(site.directory, 'other'))
    const next = site.publish({ ...third, files: packFiles(14) })
    site.put(`${packName}.${suffix}`, other.sign(next))
    expect((await update()).json.error.code).toBe('TRUST_CHAIN')
    const before = sign(pack)
    // Signing times have seconds.
    await setTimeout(1100)
    site.put(`${packName}.${suffix}`, sign(next))
    expect((await update()).json).toMatchObject({ changed: true })
    site.put(packName, pack)
    site.put(`${packName}.${suffix}`, before)
    expect((await update()).json).toMatchObject({ changed: false, exitCode: 0 })
  })

  it('a signed digest stands for the pack', async () => {
    config = site.configure(`url: '${site.url}', minisign: '${site.keys.publicKey}', signedDigest: true`)
    const signDigest = (hex: string, at: string) => {
      const text = `${hex}  ${packName}\n`
      site.publish({ bytes: Buffer.from(text), at })
      const signature = readFileSync(join(site.directory, 'site', `${packName}.minisig`))
      site.put(`${packName}.sha256`, text)
      site.put(`${packName}.sha256.minisig`, signature)
    }
    const pack = tarGzOf(first.files)
    signDigest(createHash('sha256').update(pack).digest('hex'), first.at)
    site.put(packName, pack)
    expect((await update()).json).toMatchObject({ changed: true, current: '20261120.001' })
    site.put(packName, tarGzOf(third.files))
    site.put(`${packName}.sha256.minisig`, 'nonsense')
    expect((await update()).json.error.code).toBe('TRUST_SIGNATURE')
    signDigest(createHash('sha256').update('another pack').digest('hex'), third.at)
    site.put(packName, tarGzOf(third.files))
    await expectRefused(5, 'TRUST_DIGEST')
  })

  it('of a zip, over a file address', async () => {
    const folder = join(site.directory, 'yara')
    execFileSync('mkdir', [folder])
    writeFileSync(join(folder, 'evil.yar'), 'rule evil { strings: $a = "evil" condition: $a }\n')
    execFileSync('zip', ['-q', 'yara.zip', 'evil.yar'], { cwd: folder })
    const pack = readFileSync(join(folder, 'yara.zip'))
    const sha256 = createHash('sha256').update(pack).digest('hex')
    config = site.configure(`url: '${folder}/yara.zip', sha256: '${sha256}'`)
    expect((await update()).json).toMatchObject({ changed: true })
    expect(existsSync(inSet('evil.yar'))).toBe(true)
  })
})

describe('the life of such sets', () => {
  it('a rollback goes back, bars the pack, and a newer one is taken', async () => {
    site.publish(first)
    await update()
    site.publish(second)
    await update()
    expect((await defs('rollback', '--reason', 'false alarms')).json).toMatchObject({
      from: '20261120.002',
      to: '20261120.001',
    })
    const again = await update()
    expect(again.json).toMatchObject({ changed: false, current: '20261120.001' })
    expect(again.json.reason).toMatch(/^barred/)
    site.publish(third)
    expect((await update()).json).toMatchObject({ changed: true, current: '20261121.001' })
  })

  it('a damaged set is found, and fetched again', async () => {
    site.publish(first)
    await update()
    const file = inSet('rules', 'emerging-malware.rules')
    rmSync(file)
    writeFileSync(file, 'alert tcp any any -> any any (sid:1;)\n')
    const verified = await defs('verify')
    expect([verified.code, verified.json.sets[0].problems[0].code]).toEqual([5, 'TRUST_DIGEST'])
    expect((await update()).json).toMatchObject({ current: '20261120.001' })
    expect((await defs('verify')).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(first.files['rules/emerging-malware.rules'])
  })

  it('a set that the engine does not load is refused, and the old one is put back', async () => {
    const engine = join(site.directory, 'engine.sh')
    // Stands for `suricata -T` and a reload: it does not take rules with this mark.
    writeFileSync(engine, '#!/bin/sh\n! grep -rq "TEST broken" "$1/rules"\n', { mode: 0o755 })
    const source = `url: '${site.url}', minisign: '${site.keys.publicKey}'`
    config = site.configure(source, `gate: { command: ['${engine}', '{set}'] }\n`)
    site.publish(first)
    expect((await update()).code).toBe(0)
    site.publish({ ...third, files: packFiles(10, 'broken') })
    await expectRefused(7, 'GATE_REFUSED')
    site.asked()
    expect((await update()).json.reason).toMatch(/^barred/)
    expect(site.asked()).toEqual([`${packName}.minisig`])
    // The name of the refused one is used up.
    site.publish({ ...third, at: '2026-11-21T07:00:00Z' })
    expect((await update()).json).toMatchObject({ changed: true, current: '20261121.002' })
  })

  it('the program of the scanner is told of the set', async () => {
    const told = join(site.directory, 'told')
    const program = join(site.directory, 'reload.sh')
    writeFileSync(program, `#!/bin/sh\ncat "$1"/rules/*.rules > '${told}'\n`, { mode: 0o755 })
    const source = `url: '${site.url}', minisign: '${site.keys.publicKey}'`
    config = site.configure(source, `scanner: { kind: command, argv: ['${program}', '{set}'] }\n`)
    site.publish(first)
    expect((await update()).code).toBe(0)
    expect(readFileSync(told, 'utf8')).toBe(first.files['rules/emerging-malware.rules'])
  })
})

describe('the network', () => {
  it('a mirror stands in for one that is gone', async () => {
    site.publish(first)
    config = site.configure(
      `urls: ['http://127.0.0.1:9/${packName}', '${site.url}'], minisign: '${site.keys.publicKey}'`,
    )
    expect((await update()).json).toMatchObject({ changed: true, exitCode: 0 })
  })

  it('429 is obeyed, 403 and a redirect to nowhere are 3', async () => {
    site.publish(first)
    const answer = (status: number, headers: Record<string, string> = {}) =>
      site.http.faults.set('*', (_, response) => response.writeHead(status, headers).end())
    answer(403)
    expect((await update()).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_STATUS' } })
    answer(302, { location: `/${packName}.minisig` })
    expect((await update()).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_REDIRECT' } })
    answer(429, { 'retry-after': '3600' })
    expect((await update()).code).toBe(11)
    site.http.faults.clear()
    site.asked()
    expect([(await update()).code, site.asked()]).toEqual([11, []])
  })

  it('a transfer that was cut is resumed', async () => {
    const pack = site.publish({ ...first, files: packFiles(20_000) })
    let cut = true
    site.http.faults.set(`/${packName}`, async (request, response) => {
      if (!cut) return false
      cut = false
      serveFile(pack, new Date(first.at), request, response)
      await setTimeout(50)
      request.socket.destroy()
      return true
    })
    expect((await update()).json).toMatchObject({ changed: true, current: '20261120.001' })
  })

  it('nothing at the address is 3', async () => {
    expect((await update()).json).toMatchObject({ exitCode: 3, error: { code: 'SOURCE_NOT_FOUND' } })
  })
})
