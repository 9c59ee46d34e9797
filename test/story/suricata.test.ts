import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countSuricata } from '../../src/rules/count-rules.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { packFiles, type RulesSite, startRulesSite } from '../support/rules-site.ts'
import { runDefs } from '../support/run-defs.ts'
import { loadsInSuricata, makeSuricata, type Suricata, suricataProgram } from '../support/suricata.ts'

/** Rules that Suricata cannot parse, well-formed for everybody else. */
const unknownWords = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => `alert tcp any any -> any any (msg:"x"; no_such_word; sid:${5000 + n}; rev:1;)`,
  ).join('\n')

describe.skipIf(suricataProgram === null)('a real suricata behind it', { timeout: 120_000 }, () => {
  let site: RulesSite
  let suricata: Suricata
  let config: string
  const defs = (...args: string[]) => runDefs([...args, '--json', '--config', config])
  const configure = (files: readonly string[] = [join(site.store, 'VirusDefs/current/rules/*.rules')]) => {
    suricata = makeSuricata(join(site.directory, 'suricata'), files)
    config = site.configure(
      `url: '${site.url}', minisign: '${site.keys.publicKey}'`,
      `scanner: { kind: suricata, socket: '${suricata.socket}', timeout: 30s, grace: 0s }\n`,
    )
  }
  beforeEach(async () => {
    site = await startRulesSite()
    configure()
  })
  afterEach(async () => {
    await suricata.stop()
    await site.close()
  })
  const names = () => eventsOf(site.store).map(({ name }) => name)

  it('loads what is current, and shows that it did; rules that it refuses altogether go back', async () => {
    await suricata.start()
    site.publish({ at: '2026-11-20T06:00:00Z', files: packFiles(10, 'first') })
    expect((await defs('update')).json).toMatchObject({
      exitCode: 0,
      current: '20261120.001',
    })
    expect((await defs('status')).json).toMatchObject({ verdict: { state: 'protected' } })

    // One rule that it does not know costs no other one, and is told.
    const mixed = {
      'rules/emerging-malware.rules': `${packFiles(12)['rules/emerging-malware.rules']}${unknownWords(1)}\n`,
    }
    site.publish({ at: '2026-11-20T09:00:00Z', files: mixed })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: '20261120.002' })
    expect((await defs('status')).json.verdict.state).toBe('protected')

    // Rules for a later version of it are no fault of the set.
    const later = unknownWords(6).replaceAll('no_such_word', 'requires: version >= 99')
    const partly = {
      'rules/emerging-malware.rules': `${packFiles(12)['rules/emerging-malware.rules']}${later}\n`,
    }
    site.publish({ at: '2026-11-20T10:00:00Z', files: partly })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: '20261120.003' })
    expect((await defs('status')).json.verdict.state).toBe('protected')

    site.publish({ at: '2026-11-20T12:00:00Z', files: { 'rules/a.rules': `${unknownWords(12)}\n` } })
    const refused = await defs('update')
    expect([refused.code, refused.json.error?.code]).toEqual([7, 'SCANNER_REFUSED'])
    expect(refused.json.error?.message).toContain('cannot parse 12')
    expect(lookAt(site.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
    expect(names()).toContain('definitions.rolled-back')
    expect((await defs('status')).json.verdict.state).toBe('protected')
  })

  it('is asked at every look: dead, started anew, and loaded before the set was current', async () => {
    site.publish({ at: '2026-11-20T06:00:00Z' })
    expect((await defs('update')).code).toBe(0)
    expect(names()).toContain('scanner.absent')
    const dead = await defs('status')
    expect([dead.code, dead.json.verdict.state]).toEqual([14, 'not-in-use'])
    await suricata.start()
    expect((await defs('status')).json.verdict.state).toBe('protected')
    await suricata.stop()

    // What it loaded is of the time before.
    configure([join(site.store, 'VirusDefs/20261120.001/rules/*.rules')])
    await suricata.start()
    site.publish({ at: '2026-11-20T09:00:00Z', files: packFiles(12, 'second') })
    const elsewhere = await defs('update')
    expect([elsewhere.code, elsewhere.json.error?.code]).toEqual([14, 'SCANNER_NOT_IN_USE'])
    expect(elsewhere.json.error?.message).toContain('rule-files')
  })

  it('is kept out by its own test where the gate has it', async () => {
    const argv = [
      suricataProgram,
      '-T',
      '-c',
      suricata.configuration,
      '-l',
      site.directory,
      '-S',
      '{set}/rules/*.rules',
    ]
    config = site.configure(
      `url: '${site.url}', minisign: '${site.keys.publicKey}'`,
      `gate: { command: ${JSON.stringify(argv)} }\n`,
    )
    const withList = (line: string) => ({
      'rules/a.rules':
        'alert http any any -> any any (msg:"x"; http.host; dataset:isset,x,type string,load x.lst; sid:1; rev:1;)\n',
      'rules/x.lst': `ZXhhbXBsZS5jb20=\n${line}\n`,
    })
    site.publish({ at: '2026-11-20T06:00:00Z', files: withList('ZXhhbXBsZS5vcmc=') })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: '20261120.001' })
    site.publish({ at: '2026-11-20T09:00:00Z', files: withList('example.com!') })
    const refused = await defs('update')
    expect([refused.code, refused.json.error?.code]).toEqual([7, 'GATE_REFUSED'])
    expect(lookAt(site.store)).toMatchObject({ current: '20261120.001', leftovers: [], damage: [] })
  })
})

describe.skipIf(suricataProgram === null)('what counts as a rule', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'defs-suricata-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('is what suricata loads', () => {
    const rule = (sid: number, before = 'alert tcp any any', rest = '') =>
      `${before} -> any any (msg:"m"; content:"m"; ${rest}sid:${sid};)`
    const text = [
      rule(1),
      ` ${rule(2)}`,
      `\t${rule(3)}`,
      `#${rule(4)}`,
      rule(5, 'ALERT tcp any any'),
      `alert tcp any any -> any any (msg:"m"; \\`,
      '   content:"m"; sid:6;)',
      `alert tcp any any -> any any (msg:"m"; content:"m"; SID:7;)`,
      `# a comment that ends so \\`,
      rule(8, 'alert\ttcp any any'),
      `${rule(9)}\r`,
      rule(10, 'drop tcp any any'),
    ].join('\n')
    const { status, said } = loadsInSuricata(directory, text)
    expect(status).toBe(0)
    const loaded = Number(/(\d+) rules successfully loaded, 0 rules failed/.exec(said)?.[1])
    expect(loaded).toBe(7)
    expect(countSuricata(text)).toBe(loaded)
  })
})
