import { describe, expect, it } from 'vitest'
import { sampleFleet, sampleHost, sampleParts, samplePaths } from '../../fixtures/console/sample.js'
import { ageHistory } from '../../src/console/page/chart/age-history.ts'
import { at, dataValue, items } from '../../src/console/page/fact.ts'
import { hostsCsv } from '../../src/console/page/hosts.ts'
import { html } from '../../src/console/page/html.ts'
import { size, span } from '../../src/console/page/words.ts'
import { logIn, testConsole } from '../support/console.ts'

const now = new Date('2026-11-28T13:00:00Z')

/** Values that a page shows for a path. */
function shown(page: string, path: string): string[] {
  const found = page.matchAll(
    new RegExp(`data-fact="${path.replaceAll('.', '\\.')}" data-value="([^"]*)"`, 'g'),
  )
  return [...found].map((match) =>
    (match[1] ?? '')
      .replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&'),
  )
}

describe('templates', () => {
  it('escape whatever is put in, between tags and in attributes', () => {
    const evil = `<img src=x onerror="a('b')">&`
    expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
      '<p title="&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;</p>',
    )
    expect(html`${[html`<b>`, null, false, undefined, 0]}`.text).toBe('<b>0')
  })
})

describe('words', () => {
  it('say spans and sizes in the units that matter', () => {
    expect([0, 59_999, 61_000, 32_700_000, 172_800_000, 190_000_000].map(span)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '9 h 5 min',
      '2 d',
      '2 d 4 h',
    ])
    expect([0, 1023, 1024, 187_340_112].map(size)).toEqual(['0 bytes', '1023 bytes', '1.0 KiB', '179 MiB'])
  })
})

describe('the Status page', () => {
  it('has every fact of status --json, by path and value', async () => {
    const test = await testConsole()
    const { status } = sampleHost(now)
    const { body } = await (await logIn(test, 'vera')).get('/')
    const plain = [
      'verdict.state',
      'verdict.since',
      'current',
      'previous',
      'inUse',
      'grade',
      'sequence',
      'ageSeconds',
      'stale',
      'source',
      'signedBy',
      'lastAttempt.at',
      'lastAttempt.source',
      'lastAttempt.outcome',
      'lastSuccess',
      'licence.state',
      'licence.ends',
    ]
    for (const path of plain) expect([path, shown(body, path)]).toEqual([path, [dataValue(at(status, path))]])
    expect(shown(body, 'lastAttempt.error')).toEqual([''])
    expect(shown(body, 'verdict.reasons')).toEqual(
      items(status, 'verdict.reasons').map((reason) => reason['code']),
    )
    for (const list of ['holds', 'barred']) {
      expect(shown(body, list)).toEqual(items(status, list).map((item) => item['set']))
      for (const item of items(status, list))
        expect(shown(body, `${list}.${item['set']}.reason`)).toEqual([item['reason']])
    }
    for (const source of items(status, 'sources'))
      for (const key of ['kind', 'health', 'coolingUntil'])
        expect(shown(body, `sources.${source['name']}.${key}`)).toEqual([dataValue(source[key])])
    expect(shown(body, 'nextRuns')).toEqual(items(status, 'nextRuns').map((run) => run['at']))
    expect(body).toMatch(/<body data-page="status" data-user="vera" data-role="viewer">/)
    expect(body.match(/<h1>/g)).toHaveLength(1)
  })

  it('says what to do where there is nothing, and what is wrong where something is', async () => {
    const empty = await testConsole(sampleParts(sampleHost(now, 'empty'), null))
    const page = (await (await logIn(empty, 'otto')).get('/')).body
    expect(shown(page, 'verdict.state')).toEqual(['none'])
    expect(shown(page, 'current')).toEqual([''])
    expect(page).toContain('No set was live in the last 30 days.')
    const stale = await testConsole(sampleParts(sampleHost(now, 'stale'), null))
    const other = (await (await logIn(stale, 'otto')).get('/')).body
    expect(shown(other, 'lastAttempt.error')).toEqual(['SOURCE_UNREACHABLE'])
    expect(other).toContain('defs sources test liveupdate')
  })

  it('says in an empty fleet what comes first, and not that one asked for too much', async () => {
    const test = await testConsole(sampleParts(null, sampleFleet(now, 0)))
    const { get } = await logIn(test, 'vera')
    expect((await get('/fleet/hosts')).body).toMatch(/No host is admitted yet: <code>defs fleet join</)
    for (const page of ['/fleet', '/fleet/rollouts'])
      expect((await get(page)).body).toMatch(/<code>defs publish --channel<.*<code>fleet\.intake</)
    const full = await logIn(await testConsole(), 'vera')
    expect((await full.get('/fleet/hosts?q=nobody')).body).toContain('No host is like that: ask for less.')
    const { hosts } = (await full.get('/api/v1/fleet/hosts')).json()
    const { host, reason } = hosts.find((one: { reason: string | null }) => one.reason !== null)
    // One sentence, what it is and why.
    expect((await full.get(`/fleet/hosts/${host}`)).body.replaceAll(/<\/?span[^>]*>/g, '')).toMatch(
      new RegExp(`<p>It [^.<:]+: ${reason.replaceAll(/[^\w ]/g, '.')}\\.</p>`),
    )
  })

  it('shows families side by side, each fact below its family', async () => {
    const one = sampleHost(now)
    const status = {
      schema: 1,
      command: 'status',
      ok: true,
      exitCode: 0,
      verdict: one.status['verdict'],
      families: { clamav: one.status, suricata: sampleHost(now, 'stale').status },
    }
    const test = await testConsole(
      sampleParts({ ...one, status, list: { families: { clamav: one.list } } }, null),
    )
    const { body } = await (await logIn(test, 'otto')).get('/')
    expect(shown(body, 'families.clamav.current')).toEqual([one.status['current']])
    expect(shown(body, 'families.suricata.verdict.state')).toEqual(['stale'])
    // The verdict on all of them says whose it is.
    expect(body).toMatch(/data-part="verdict">.*?<p><b>clamav<\/b>: Sound, fresh/s)
    expect(shown(body, 'verdict.state')).toEqual(['protected'])
    expect(body).toContain('<input type="hidden" name="family" value="suricata">')
  })
})

describe('the age over 30 days', () => {
  it('rises with time and falls with each move', () => {
    const entries = [
      { time: '2026-10-01T06:00:00Z', action: 'updated', to: '20261001.001' },
      { time: '2026-11-20T06:00:00Z', action: 'updated', to: '20261120.001' },
      { time: '2026-11-20T07:00:00Z', action: 'held', to: '20261120.001' },
      { time: '2026-11-27T12:00:00Z', action: 'rolled back', to: '20261119.001' },
    ]
    const { points, marks } = ageHistory(entries, now)
    const hours = points.map(([, age]) => (age ?? 0) / 3_600_000)
    expect(hours).toEqual([28 * 24 + 13, 50 * 24 + 6, 6, 7 * 24 + 12, 8 * 24 + 12, 9 * 24 + 13])
    expect(marks.map(({ kind }) => kind)).toEqual(['updated', 'rolled back'])
  })
})

describe('the pages of one host', () => {
  it('list the sets, newest first, with what is true of each', async () => {
    const test = await testConsole()
    const { list } = sampleHost(now)
    const { body } = await (await logIn(test, 'vera')).get('/sets')
    const rows = [...body.matchAll(/<tr data-set="([^"]+)">([\s\S]*?)<\/tr>/g)]
    expect(rows.map((row) => row[1])).toEqual(
      items(list, 'sets')
        .map((set) => set['set'])
        .toSorted()
        .toReversed(),
    )
    for (const [, name, row = ''] of rows) {
      const set = items(list, 'sets').find((one) => one['set'] === name) ?? {}
      for (const key of [
        'current',
        'previous',
        'inUse',
        'grade',
        'sequence',
        'bytes',
        'files',
        'stagedAt',
        'source',
        'held',
        'barred',
      ])
        expect([key, shown(row, key)]).toEqual([key, [dataValue(set[key])]])
    }
  })

  it('show one set with its files, provenance, gate and difference', async () => {
    const test = await testConsole()
    const host = sampleHost(now)
    const name = String(host.status['current'])
    const browser = await logIn(test, 'vera')
    const { body } = await browser.get(`/sets/${name}`)
    const set = host.show(name)
    for (const path of [
      'set',
      'grade',
      'provenance.source',
      'provenance.url',
      'provenance.key',
      'provenance.method',
      'provenance.verifiedAt',
    ])
      expect([path, shown(body, path)]).toEqual([path, [dataValue(at(set, path))]])
    expect([...body.matchAll(/<tr data-file="([^"]+)">/g)].map((match) => match[1])).toEqual(
      items(set, 'files').map((file) => file['name']),
    )
    expect(shown(body, 'sha256')).toEqual(items(set, 'files').map((file) => file['sha256']))
    expect((await browser.get('/sets/20200101.001')).statusCode).toBe(404)
    expect((await browser.get('/sets/..%2F..%2Fetc')).statusCode).toBe(404)
  })

  it('tell history and report, newest first, and lead to the same as CSV', async () => {
    const test = await testConsole()
    const host = sampleHost(now)
    const browser = await logIn(test, 'vera')
    const history = (await browser.get('/history')).body
    const times = (page: string) => [...page.matchAll(/<tr data-entry="([^"]+)">/g)].map((match) => match[1])
    expect(times(history)).toEqual(
      items(host.history, 'entries')
        .map((entry) => entry['time'])
        .toReversed(),
    )
    const report = (await browser.get('/report?from=2026-11-01&action=LiveUpdate&q=a%26b')).body
    expect(times(report)).toEqual(
      items(host.report, 'entries')
        .map((entry) => entry['time'])
        .toReversed(),
    )
    expect(report).toContain('data-csv href="/report.csv?from=2026-11-01&amp;action=LiveUpdate&amp;q=a%26b"')
    const csv = await browser.get('/report.csv')
    expect(csv.headers['content-disposition']).toBe('attachment; filename="DEFS202611281300.csv"')
  })

  it('name every sink with its state', async () => {
    const test = await testConsole()
    const { body } = await (await logIn(test, 'otto')).get('/alerts')
    expect([...body.matchAll(/<tr data-sink="([^"]+)">/g)].map((match) => match[1])).toEqual([
      'mail to admins@example',
      'syslog',
      'webhook chat',
    ])
    expect(body).toContain('data-action="alert-test"')
  })
})

describe('the pages of a fleet', () => {
  it('show each ring with its fields, and each host as a cell with a letter', async () => {
    const test = await testConsole()
    const fleet = sampleFleet(now, 40)
    const { body } = await (await logIn(test, 'ines')).get('/fleet')
    for (const ring of items(fleet.status, 'rings')) {
      const section =
        new RegExp(`<section class="card ring" data-ring="${ring['name']}">[\\s\\S]*?</section>`).exec(
          body,
        )?.[0] ?? ''
      for (const key of Object.keys(ring).filter((one) => one !== 'counts'))
        expect([key, shown(section, key)]).toEqual([key, [dataValue(ring[key])]])
      for (const [state, count] of Object.entries(Object(ring['counts'])))
        expect(shown(section, `counts.${state}`)).toEqual([String(count)])
    }
    const cells = [...body.matchAll(/<a data-host="([^"]+)" href="[^"]+" aria-label="[^"]+: ([^"]+)">/g)]
    expect(cells).toHaveLength(items(fleet.hosts, 'hosts').length)
  })

  it('put several hosts into a cell above 2,000', async () => {
    const test = await testConsole(sampleParts(null, sampleFleet(now, 10_000)))
    const { body } = await (await logIn(test, 'vera')).get('/fleet')
    const cells = [...body.matchAll(/<a data-hosts="(\d+)"/g)].map((match) => Number(match[1]))
    expect(cells.length).toBeLessThanOrEqual(2003)
    expect(cells.reduce((sum, count) => sum + count, 0)).toBe(10_000)
  })

  it('list hosts by question, the gravest first, and one of them; CSV runs no formula', async () => {
    const test = await testConsole()
    const browser = await logIn(test, 'vera')
    const names = (page: string) => [...page.matchAll(/<tr data-host="([^"]+)">/g)].map((match) => match[1])
    const all = names((await browser.get('/fleet/hosts')).body)
    const canary = names((await browser.get('/fleet/hosts?ring=canary')).body)
    expect(all.length).toBe(40)
    expect(canary.every((name) => name?.startsWith('canary-'))).toBe(true)
    const one = await browser.get(`/fleet/hosts/${canary[0]}`)
    expect(shown(one.body, 'host')).toEqual([canary[0]])
    expect((await browser.get('/fleet/hosts/nobody')).statusCode).toBe(404)
    expect((await browser.get('/fleet/hosts.csv?ring=canary')).body.split('\r\n')).toHaveLength(
      canary.length + 2,
    )
    expect(hostsCsv([{ host: '=1+1', reason: 'a,"b"\n', ageSeconds: -1 }])).toContain(
      `'=1+1,,,,,,-1,,"a,""b"" ",,\r\n`,
    )
  })

  it('show a halted rollout with its evidence, and what is published', async () => {
    const test = await testConsole()
    const fleet = sampleFleet(now, 40)
    const halted = items(fleet.status, 'sets').find((set) => set['state'] === 'halted') ?? {}
    const browser = await logIn(test, 'ines')
    const { body } = await browser.get(`/fleet/rollouts/${halted['set']}`)
    expect([...body.matchAll(/<tr data-evidence="([^"]+)">/g)]).toHaveLength(5)
    expect(body).toContain('✕ halted')
    expect((await browser.get('/fleet/rollouts')).body).toContain(`data-set="${halted['set']}"`)
    expect((await browser.get('/fleet/rollouts/20200101.001')).statusCode).toBe(404)
    expect((await browser.get('/publish')).body).toContain('data-channel="canary"')
  })
})

describe('markup from afar', () => {
  it('is text on every page', async () => {
    const evil = `<script>alert(1)</script>"'\u202e`
    const poison = <T>(value: T): T =>
      JSON.parse(JSON.stringify(value), (key, one) =>
        typeof one === 'string' &&
        /reason|message|name|source|user|host|url|text|error|title|why|ring$/.test(key)
          ? `${one}${evil}`
          : one,
      )
    const host = sampleHost(now)
    const fleet = sampleFleet(now, 12)
    const poisoned = {
      ...host,
      status: poison(host.status),
      list: poison(host.list),
      history: poison(host.history),
      report: poison(host.report),
      sinks: poison(host.sinks),
      show: (set: string) => poison(host.show(set)),
    }
    const fleetPoisoned = {
      status: poison(fleet.status),
      hosts: poison(fleet.hosts),
      ages: poison(fleet.ages),
      publish: poison(fleet.publish),
      show: (set: string) => poison(fleet.show(set)),
    }
    const test = await testConsole({ ...sampleParts(poisoned, fleetPoisoned), title: evil })
    const browser = await logIn(test, 'ines')
    const urls = [...samplePaths(poisoned, fleetPoisoned), '/login']
    for (const url of urls) {
      const { body, statusCode } = await browser.get(url)
      expect([url, statusCode]).toEqual([url, url === '/login' ? 303 : 200])
      expect([
        url,
        /<script>|onerror=|"'/.test(body.replaceAll('&quot;', '').replaceAll('&#39;', '')),
      ]).toEqual([url, false])
      if (url !== '/login') expect([url, body.includes('&lt;script&gt;')]).toEqual([url, true])
      expect([url, /style="/.test(body)]).toEqual([url, false])
      // As text, where it could turn a name round: the page shows it as it is written in code.
      expect([url, body.split('\u202e').length - 1]).toEqual([url, 0])
    }
  })
})
