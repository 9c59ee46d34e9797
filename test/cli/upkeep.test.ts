import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { licenceXml } from '../licence/slf.ts'
import { type Bench, openBench } from './world.ts'

const now = new Date('2026-11-21T18:00:00Z')
let bench: Bench
beforeEach(() => {
  bench = openBench()
  configure('')
})
afterEach(() => bench.remove())

function configure(extra: string): void {
  bench.put(
    'etc/defs.yaml',
    `store: { root: ../store }
trust: { anchors: [root.pem] }
timeZone: UTC
sources:
  live: { kind: liveupdate, hosts: ['http://h/'] }
  rapid: { kind: rapid-release, url: 'ftp://h/rapid/' }
${extra}`,
  )
}

function live(set: string): void {
  for (const name of ['v.grd', 'v.sig', 'zdone.dat']) bench.put(`store/VirusDefs/${set}/${name}`, '')
  bench.put('store/VirusDefs/definfo.dat', `[DefDates]\r\nCurDefs=${set}\r\n`)
  bench.put('store/VirusDefs/usage.dat', `[${set}]\r\nSMSMSE=1\r\n`)
}

const run = (line: string | readonly string[]) =>
  bench.run(line, { now: () => now, program: '/opt/defs/bin/defs.js' })

describe('license', () => {
  it('explains the one in force, with every date', async () => {
    configure('licence: { file: it.slf, required: true }')
    bench.put('etc/it.slf', licenceXml({ end_date: '2027-12-31' }))
    expect((await run('license --json')).json).toMatchObject({
      exitCode: 0,
      state: 'valid',
      starts: '2025-01-01T00:00:00.000Z',
      warns: '2027-09-02T00:00:00.000Z',
      expires: '2027-11-01T00:00:00.000Z',
      ends: '2027-12-31T00:00:00.000Z',
      product: 'Virus Definitions Content',
    })
    expect((await run('status --json')).json.licence).toEqual({
      state: 'valid',
      ends: '2027-12-31T00:00:00.000Z',
    })
  })

  it('ends with 12 when one is required and none can be used, else with 0', async () => {
    configure('licence: { file: it.slf, required: true }')
    expect((await run('license --json')).json).toMatchObject({
      exitCode: 12,
      state: 'not licensed',
      ends: null,
      error: { code: 'LICENCE_MISSING' },
    })
    bench.put('etc/it.slf', licenceXml({ end_date: '2026-01-01' }))
    expect((await run('license --json')).json).toMatchObject({
      exitCode: 12,
      error: { code: 'LICENCE_EXPIRED' },
    })
    configure('')
    expect((await run('license --json')).json).toMatchObject({ exitCode: 0, state: 'not required' })
  })
})

describe('schedule', () => {
  const entries = `schedule:
  - { source: live, days: [tue, thu], first: '06:00', every: 4h }
`

  it('gives the next ten runs when a day has fewer, by the clock of a zone', async () => {
    configure(entries)
    const { json } = await run('schedule --json')
    expect(json.nextRuns).toHaveLength(10)
    expect(json.nextRuns.slice(0, 6)).toEqual(
      ['24T06', '24T10', '24T14', '24T18', '24T22', '26T06'].map((at) => ({
        source: 'live',
        at: `2026-11-${at}:00:00.000Z`,
      })),
    )
    expect((await run('status --json')).json.nextRuns).toEqual(json.nextRuns)
    const berlin = await run('schedule --json --time-zone Europe/Berlin')
    expect(berlin.json.nextRuns[0].at).toBe('2026-11-24T05:00:00.000Z')
    expect((await run('schedule --time-zone Nowhere/Land --json')).json).toMatchObject({ exitCode: 2 })
  })

  it('gives all of a day when there are more, and warns of a source that is asked too often', async () => {
    configure("schedule: [{ source: live, cron: '*/30 * * * *' }]")
    const { json, stderr } = await run('schedule --json')
    expect(json.nextRuns).toHaveLength(48)
    expect(json.warnings).toMatchObject([{ source: 'live', runsPerDay: 48 }])
    expect(stderr).toContain('live')
    configure('')
    expect((await run('schedule --json')).json).toMatchObject({ exitCode: 0, nextRuns: [] })
  })

  it.each([
    ['systemd', ['defs-update-live.service', 'defs-update-live.timer']],
    ['cron', ['defs']],
    ['windows', ['defs-update-live.xml']],
  ])('exports for %s, into a folder or onto the screen', async (scheduler, names) => {
    configure(entries)
    const printed = await run(`schedule --export ${scheduler}`)
    expect(printed.stdout).toContain('/opt/defs/bin/defs.js')
    expect(printed.stdout).toContain(join(bench.root, 'etc', 'defs.yaml'))
    const { json } = await run(`schedule --export ${scheduler} --to units --json`)
    const folder = join(bench.root, 'cwd', 'units')
    expect(readdirSync(folder).sort()).toEqual(names)
    expect(json.files).toEqual(names.map((name) => ({ path: join(folder, name) })))
  })

  it('says so when the clock of the schedule is not the one the export runs by', async () => {
    configure(entries)
    const warned = async (scheduler: string) =>
      (await run(`schedule --export ${scheduler} --time-zone Australia/Lord_Howe`)).stderr.includes(
        'Lord_Howe',
      )
    expect(await Promise.all(['cron', 'windows', 'systemd'].map(warned))).toEqual([true, true, false])
  })

  it('exports nothing that is not there', async () => {
    expect((await run('schedule --export cron --json')).json).toMatchObject({ exitCode: 2 })
    expect((await run('schedule --to x --json')).json).toMatchObject({ exitCode: 2 })
  })
})

describe('status --nagios', () => {
  it.each([
    ['20261121.001', 0, /^DEFS OK - [^|]+ \| age=64800s;129600;259200\n$/],
    ['20261119.001', 1, /^DEFS WARNING - [^|]+ \| age=237600s;129600;259200\n$/],
    ['20261118.001', 1, /^DEFS WARNING - stale, [^|]+ \| age=324000s;129600;259200\n$/],
  ])('of %s ends with %i', async (set, code, line) => {
    live(set)
    const ran = await run('status --nagios')
    expect([ran.code, ran.stderr]).toEqual([code, ''])
    expect(ran.stdout).toMatch(line)
  })

  it('takes the warning from --max-age', async () => {
    live('20261119.001')
    expect((await run('status --nagios --max-age 3d')).code).toBe(0)
    expect((await run('status --nagios --max-age 12h')).code).toBe(1)
  })

  it('is critical without definitions, tells of the licence, and is unknown when nothing can be read', async () => {
    expect((await run('status --nagios')).code).toBe(2)
    live('20261121.001')
    configure('licence: { file: none.slf, required: true }')
    const unlicensed = await run('status --nagios')
    expect([unlicensed.code, unlicensed.stdout]).toEqual([
      0,
      expect.stringContaining('licence: not licensed'),
    ])
    const wrong = await run('status --nagios --no-such-option')
    expect([wrong.code, wrong.stdout]).toEqual([3, expect.stringMatching(/^DEFS UNKNOWN - [^|\n]+\n$/)])
    configure('nonsense: 1')
    for (const line of ['status --nagios', 'status --nagios --config /nowhere/defs.yaml']) {
      const ran = await run(line)
      expect(ran.code).toBe(3)
      expect(ran.stdout).toMatch(/^DEFS UNKNOWN - [^|\n]+\n$/)
    }
  })
})

describe('status on a terminal', () => {
  it('has a bar and colours, elsewhere neither', async () => {
    live('20261121.001')
    let printed = ''
    const stdout = { write: (text: string) => (printed += text), isTTY: true }
    await bench.run('status', { now: () => now, stdout })
    expect(printed).toContain('[##########..........]')
    expect(printed).toContain('\u001b[')
    const plain = (await run('status')).stdout
    expect(plain).not.toMatch(/\[#|\u001b/)
  })
})

describe('commands that only look', () => {
  it('make no store', async () => {
    for (const [line, code] of [
      ['doctor', 6],
      ['doctor --repair', 6],
      ['history', 0],
      ['report', 0],
      ['schedule', 0],
    ] as const) {
      expect([line, (await run(line)).code]).toEqual([line, code])
    }
    expect(existsSync(join(bench.root, 'store'))).toBe(false)
  })
})

describe('report --csv', () => {
  it('writes a file beside the journal and says where', async () => {
    await run('schedule pause')
    const beside = join(bench.root, 'store', 'state')
    expect((await run('report --csv --json')).json.file).toMatch(new RegExp(`^${beside}/DEFS\\d{12}\\.csv$`))
  })

  it('writes a file here where there is no store yet', async () => {
    const { json } = await run('report --csv --json')
    const file = join(bench.root, 'cwd', 'DEFS202611211800.csv')
    expect(json).toMatchObject({ exitCode: 0, file, count: 0 })
    expect(readFileSync(file, 'utf8')).toMatch(/^Time,Action,Result,.*\r\n$/)
    expect((await run(['report', '--csv', '--out', 'nowhere', '--json'])).json).toMatchObject({ exitCode: 6 })
  })
})
