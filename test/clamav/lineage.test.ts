import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { applyPatch } from '../../src/clamav/cdiff.ts'
import { openDatabase, readContents } from '../../src/clamav/open-database.ts'
import { proveContents, proveDatabase, provePatch } from '../../src/clamav/prove.ts'
import { writeCld } from '../../src/clamav/write-cld.ts'
import { room } from '../archive/workshop.ts'
import { lineages } from '../trust/clamav/lineage.ts'
import { lineage, openBytes, options, patchOf, testTrust, use, vector } from '../trust/clamav/world.ts'

const has = (program: string) => spawnSync(program, ['--version']).status === 0
const hasClamav = has('sigtool') && has('clamscan')

function filesIn(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  )
}

/** A genuine database unpacked. */
async function unpacked(version: number): Promise<string> {
  const directory = join(room(), `version-${version}`)
  mkdirSync(directory)
  await openBytes(vector(`test-${version}.cvd`), directory)
  return directory
}

/** Patches an unpacked database from one version to another, each patch proved. */
async function patch(directory: string, from: number, to: number): Promise<void> {
  for (let version = from + 1; version <= to; version += 1) {
    const step = patchOf(vector(`test-${version}.cdiff`))
    const sign = vector(`test-${version}.cdiff.sign`)
    const proof = provePatch(step, { name: 'test', version }, sign, testTrust())
    expect(proof).toMatchObject({ version, method: 'pkcs7' })
    await applyPatch(step, directory, options)
  }
}

describe.each(lineages)('a lineage of %s', (_, open) => {
  beforeAll(() => use(open))

  it.each([1, 2, 3, 4])('proves version %i', async (number) => {
    const { facts, signer, root } = lineage()
    const { version = 0, signatures, builtAt, members = 0 } = facts[number - 1] ?? {}
    expect(version).toBe(number)
    const opened = await openBytes(vector(`test-${version}.cvd`))
    const sign = vector(`test-${version}.cvd.sign`)
    const proof = proveDatabase(opened, { name: 'test', version }, sign, testTrust())
    expect(proof).toMatchObject({ name: 'test', version, signatures, functionalityLevel: 81 })
    expect(proof.builtAt.toISOString()).toBe(builtAt)
    expect(proof).toMatchObject({ method: 'pkcs7', unjudged: false })
    expect(proof.signer).toMatchObject({
      name: signer,
      anchor: root,
      method: 'pkcs7 rsa-sha256',
      expired: false,
    })
    expect(opened.kind).toBe('cvd')
    expect(opened.members).toHaveLength(members)
  })

  it.each([2, 3, 4])('patches 1 to %i, byte for byte what the publisher packed', async (version) => {
    const directory = await unpacked(1)
    await patch(directory, 1, version)
    expect(filesIn(directory)).toEqual(filesIn(await unpacked(version)))
    const contents = await readContents(directory, options)
    expect(proveContents(contents, { name: 'test', version }, testTrust())).toMatchObject({ version })
  })

  it('makes a CLD of the patched database that we prove again, and that more patches fit', async () => {
    const first = await unpacked(1)
    await patch(first, 1, 3)
    const file = join(room(), 'test.cld')
    const written = await writeCld(first, await readContents(first, options), file, options)
    const second = join(room(), 'again')
    mkdirSync(second)
    const opened = await openDatabase(file, second, options)
    expect(opened).toMatchObject({ kind: 'cld', ...written })
    const trust = testTrust({ sign: 'prefer' })
    const proof = proveDatabase(opened, { name: 'test', version: 3 }, null, trust)
    expect(proof).toMatchObject({ version: 3, method: 'legacy', unjudged: false, signer: null })
    await patch(second, 3, 4)
    expect(filesIn(second)).toEqual(filesIn(await unpacked(4)))
  })

  it.skipIf(!hasClamav)('makes a CLD that sigtool verifies and clamscan loads', async ({ skip }) => {
    // They know ClamAV's keys alone.
    if (!lineage().genuine) skip()
    const directory = await unpacked(1)
    await patch(directory, 1, 4)
    const databases = room()
    const file = join(databases, 'test.cld')
    await writeCld(directory, await readContents(directory, options), file, options)
    const info = execFileSync('sigtool', ['--info', file], { encoding: 'utf8' })
    expect(info).toContain('Version: 4')
    expect(info).toContain('Verification OK')
    const eicar = join(room(), 'eicar')
    writeFileSync(
      eicar,
      ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('-'),
    )
    const scan = spawnSync('clamscan', ['-d', databases, '--no-summary', eicar], { encoding: 'utf8' })
    expect(scan.stdout).toContain('Eicar-Test-Signature')
    expect(scan.status).toBe(1)
  })
})
