import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFiles } from '../../../src/config/check/files.ts'
import type { RulesConfig } from '../../../src/config/config.ts'
import { checkConfig } from '../../../src/config/resolve.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-pack-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = `RW${'A'.repeat(54)}`
const hex = 'a1'.repeat(32)

async function check(source: string) {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, `sources:\n  et: { kind: rules, ${source} }\n`)
  return checkConfig({ file, env: {}, cwd: folder, home: folder, uid: null, secrets: false })
}
const url = "url: 'https://h/et.tar.gz'"

describe('a source of packs', () => {
  it.each([
    [`${url}, minisign: ${key}`],
    [`${url}, minisign: keys/et.pub, md5: true`],
    [`${url}, sha256: ${hex}`],
    [`${url}, md5: true, allowUnsigned: true`],
    [`${url}, minisign: ${key}, signedDigest: true, version: signature, least: 1000, style: lines`],
    [`urls: ['https://h/et.tar.gz', 'ftp://h/et.tar.gz'], minisign: ${key}`],
  ])('is good without any anchor: %s', async (source) => {
    expect((await check(source)).problems).toEqual([])
  })

  it.each([
    [url, ['sources.et']],
    [`${url}, allowUnsigned: true`, ['sources.et']],
    [`${url}, md5: true`, ['sources.et.md5']],
    [`${url}, md5: true, allowUnsigned: true, minisign: ${key}`, ['sources.et.allowUnsigned']],
    [`${url}, sha256: abc`, ['sources.et.sha256']],
    [`${url}, sha256: ${hex}, signedDigest: true`, ['sources.et.signedDigest']],
    [`${url}, sha256: ${hex}, version: signature`, ['sources.et.version']],
    [`${url}, minisign: ${key}, rules: []`, ['sources.et.rules']],
    [`${url}, minisign: ${key}, least: 0`, ['sources.et.least']],
    [`${url}, minisign: ${key}, style: snort`, ['sources.et.style']],
    [`minisign: ${key}`, ['sources.et']],
    [`${url}, pkcs7: true`, ['trust.anchors']],
  ])('has a problem: %s', async (source, places) => {
    const { problems } = await check(source)
    expect([...new Set(problems.map(({ path }) => path))]).toEqual(places)
  })

  it('takes a key as it is written, and anything else for a file below the configuration', async () => {
    const sourceOf = async (source: string) => (await check(source)).config.sources.get('et') as RulesConfig
    expect((await sourceOf(`${url}, minisign: ${key}`)).minisign).toBe(key)
    expect((await sourceOf(`${url}, minisign: et.pub, sha256: ${hex.toUpperCase()}`)).minisign).toBe(
      join(folder, 'et.pub'),
    )
    expect((await sourceOf(`${url}, sha256: ${hex.toUpperCase()}`)).sha256).toBe(hex)
  })

  it('with a key file that is not there is told by config check', async () => {
    const { config } = await check(`${url}, minisign: et.pub`)
    const missing = await checkFiles(config, () => null)
    expect(missing.map(({ path }) => path)).toEqual(['sources.et.minisign'])
    writeFileSync(join(folder, 'et.pub'), key)
    expect(await checkFiles(config, () => null)).toEqual([])
  })
})
