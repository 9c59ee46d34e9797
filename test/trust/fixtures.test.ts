import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSetName } from '../../src/set-name.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { Trust } from '../../src/trust/authentic.ts'
import { authenticate, examine } from '../../src/trust/authenticate.ts'
import { authenticateIndex } from '../../src/trust/signed-index.ts'
import { asOpened } from '../support/definition-set.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const root = join(fixtures, 'trust', 'root.pem')
const trust: Trust = {
  anchors: readAnchors([{ text: readFileSync(root, 'utf8'), path: root }]),
  now: new Date('2026-01-16T12:00:00Z'),
  policy: { expired: 'accept', allowSha1: false, allowFuture: false },
}
const index = 'smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip'

/** The members of a zip, by Info-ZIP. */
function unzip(...path: string[]): Map<string, Buffer> {
  const archive = join(fixtures, ...path)
  const names = execFileSync('unzip', ['-Z1', archive], { encoding: 'utf8' }).trim().split('\n')
  return new Map(names.map((name) => [name, execFileSync('unzip', ['-p', archive, name])]))
}

const unzips = process.platform !== 'win32'

describe.skipIf(!unzips)('the fixtures', () => {
  it('hold a certified set on a LiveUpdate server', () => {
    const packageName = '1768471200jtun_smsmse_260115002.zip'
    const { files, guarded } = authenticateIndex(unzip('liveupdate', index), trust)
    expect([...files.keys()]).toEqual(['liveupdt.tri'])
    const bytes = readFileSync(join(fixtures, 'liveupdate', packageName))
    expect(guarded.get(packageName)?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    const claim = { set: parseSetName('20260115.002'), sequence: null, grade: 'certified' } as const
    const authentic = authenticate(asOpened(unzip('liveupdate', packageName)), claim, trust)
    expect(authentic).toMatchObject({
      set: '20260115.002',
      sequence: { number: 178940, signed: true },
      signer: {
        name: 'Example Fixture LiveUpdate',
        anchor: 'Example Fixture Root',
        method: 'pkcs7 rsa-sha256',
      },
    })
  })

  it.each([
    ['symrapidreleasedefscore15-v5i32.zip'],
    ['symrapidreleasedefscore15-v5i32.jdb'],
    ['sequence/178955/symrapidreleasedefscore15-v5i32.zip'],
  ])('hold a rapid set: %s', (file) => {
    const claim = { set: null, sequence: { number: 178955, signed: false }, grade: 'rapid' } as const
    const authentic = authenticate(asOpened(unzip('rapidrelease', file)), claim, trust)
    expect(authentic).toMatchObject({ set: '20260115.019', grade: 'rapid', sequence: { signed: true } })
  })

  it('hold a tampered package that its index vouches for, and its guard does not', () => {
    const packageName = '1768557600jtun_smsmse_260116001.zip'
    const { guarded } = authenticateIndex(unzip('tampered', 'liveupdate', index), trust)
    const bytes = readFileSync(join(fixtures, 'tampered', 'liveupdate', packageName))
    expect(guarded.get(packageName)?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    const claim = { set: parseSetName('20260116.001'), sequence: null, grade: 'certified' } as const
    const { problems } = examine(asOpened(unzip('tampered', 'liveupdate', packageName)), claim, trust)
    expect(problems.map(({ code, file }) => [code, file])).toEqual([['TRUST_DIGEST', 'VIRSCAN3.DAT']])
  })

  it('hold no private key', () => {
    const files = readdirSync(fixtures, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    )
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name), 'latin1')).not.toContain('PRIVATE' + ' KEY')
    }
  })
})
