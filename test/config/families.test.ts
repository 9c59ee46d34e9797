import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig, checkFamilies, listFamilies, loadConfig } from '../../src/config/resolve.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-families-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function request(text: string, family: string | null = null) {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, text)
  return { file, env: {}, cwd: folder, home: folder, uid: null, secrets: false, family }
}

const two = `store: { root: /var/lib/defs, keep: 5 }
maxAge: 12h
families:
  clamav:
    store: { keep: 7 }
    sources: { clam: { kind: clamav, hosts: ['http://127.0.0.1:9/'] } }
  rules:
    maxAge: 2d
    sources: { et: { kind: rules, url: 'http://127.0.0.1:9/r.tar.gz', md5: true, allowUnsigned: true } }
schedule:
  - { family: rules, source: et, cron: '1 * * * *' }
  - { family: clamav, source: clam, cron: '2 * * * *' }
`

describe('a configuration of two families', () => {
  it('is read for each as if it stood alone', async () => {
    expect(await listFamilies(request(two))).toEqual(['clamav', 'rules'])
    const { config: clamav } = await loadConfig(request(two, 'clamav'))
    expect(clamav).toMatchObject({
      family: 'clamav',
      default: 'clam',
      store: { root: '/var/lib/defs/clamav', keep: 7 },
      maxAge: 12 * 3_600_000,
      schedule: [{ source: 'clam', cron: '2 * * * *' }],
    })
    const { config: rules } = await loadConfig(request(two, 'rules'))
    expect([...rules.sources.keys()]).toEqual(['et'])
    expect(rules).toMatchObject({ store: { root: '/var/lib/defs/rules', keep: 5 }, maxAge: 48 * 3_600_000 })
  })

  it('asks which one is meant, and knows no other', async () => {
    for (const family of [null, 'clam']) {
      await expect(loadConfig(request(two, family))).rejects.toMatchObject({
        code: 'USAGE_ARGUMENT',
        message: expect.stringContaining('--family clamav, --family rules'),
      })
    }
  })

  it('is checked in all of them, with the lines of the file', async () => {
    const wrong = two.replace('keep: 7', 'keep: one').replace('maxAge: 2d', 'maxAge: soon\n    network: {}')
    const { problems } = await checkFamilies(request(wrong))
    expect(problems.map(({ path, line }) => [path, line])).toEqual([
      ['store.keep', 5],
      ['maxAge', 8],
      ['families.rules.network', 9],
    ])
  })

  it('wants a store and a line of the schedule for each', async () => {
    const same = two.replace('store: { keep: 7 }', 'store: { root: /var/lib/defs/rules }')
    expect((await checkFamilies(request(same))).problems).toMatchObject([
      { path: 'families.rules.store.root' },
    ])
    const nobody = two.replace('family: rules, ', '')
    expect((await checkFamilies(request(nobody))).problems.map(({ message }) => message)).toContain(
      'names no family, and there are several',
    )
  })
})

it('of one family needs no name for it, and a flat one has the family default', async () => {
  const one = two.replace(/ {2}rules:\n[\s\S]*?schedule/, 'schedule').replace(/.*family: rules.*\n/, '')
  expect((await loadConfig(request(one))).config).toMatchObject({ family: 'clamav' })
  const flat =
    "store: { root: /var/lib/defs }\nsources: { c: { kind: clamav, hosts: ['http://127.0.0.1:9/'] } }\n"
  const { config, problems } = await checkConfig(request(flat))
  expect([config.family, config.store.root, problems]).toEqual(['default', '/var/lib/defs', []])
  expect((await loadConfig(request(flat, 'default'))).config.family).toBe('default')
  await expect(loadConfig(request(flat, 'clamav'))).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
})
