import { beforeAll, describe, expect, it } from 'vitest'
import { readPatch } from '../../src/clamav/cdiff.ts'
import type { ClamavTrust } from '../../src/clamav/keys.ts'
import { provePatch } from '../../src/clamav/prove.ts'
import { limits } from '../../src/limits.ts'
import { type ClamavSigner, makeCdiff, makeClamavSigner } from '../support/clamav-database.ts'
import { lineages, rootsIn } from '../trust/clamav/lineage.ts'
import { flipped, lineage, patchOf, testTrust, use, vector, verdict } from '../trust/clamav/world.ts'

const genuine = () => vector('test-2.cdiff')

function judge(
  bytes: Uint8Array,
  sign: Uint8Array | null,
  changes: Partial<ClamavTrust> = {},
  version: number | null = 2,
): Promise<string> {
  return verdict(() => provePatch(patchOf(bytes), { name: 'test', version }, sign, testTrust(changes)))
}

const genuineSign = () => vector('test-2.cdiff.sign')
const prefer = { sign: 'prefer' } as const
const unsigned = { sign: 'prefer', roots: [] } as const
const size = () => genuine().toString('latin1').split(':')[2] ?? ''
const headerEnd = () => `ClamAV-Diff:2:${size()}:`.length
const signatureAt = () => genuine().lastIndexOf(':') + 1
const replaced = (from: string, to: string) =>
  Buffer.from(genuine().toString('latin1').replace(from, to), 'latin1')

const regions: readonly [what: string, bytes: () => Buffer, code: string][] = [
  ['nothing', genuine, 'accepted'],
  ['the magic', () => flipped(genuine(), 0), 'ARCHIVE_UNKNOWN'],
  ['the version', () => replaced(':2:', ':3:'), 'TRUST_SIGNATURE'],
  ['the version, no number', () => replaced(':2:', ':x:'), 'ARCHIVE_UNKNOWN'],
  ['the size', () => replaced(`:${size()}:`, `:${Number(size()) + 1}:`), 'TRUST_SIGNATURE'],
  ['the size, endless', () => replaced(`:${size()}:`, ':9999999999:'), 'ARCHIVE_BOMB_TOTAL'],
  ['the magic of gzip', () => flipped(genuine(), headerEnd()), 'TRUST_SIGNATURE'],
  ['the time of gzip', () => flipped(genuine(), headerEnd() + 4), 'TRUST_SIGNATURE'],
  ['the packed script', () => flipped(genuine(), 200), 'TRUST_SIGNATURE'],
  ['the end of gzip', () => flipped(genuine(), signatureAt() - 2), 'TRUST_SIGNATURE'],
  ['the colon before the signature', () => flipped(genuine(), signatureAt() - 1), 'ARCHIVE_CORRUPT'],
  ['the first letter of the signature', otherLetter, 'TRUST_SIGNATURE'],
  [
    'a letter of the signature, to one that is none',
    () => flipped(genuine(), signatureAt() + 5, 0x80),
    'ARCHIVE_CORRUPT',
  ],
  ['a letter more', () => Buffer.concat([genuine(), Buffer.from('b')]), 'TRUST_SIGNATURE'],
  ['a line end more', () => Buffer.concat([genuine(), Buffer.from('\n')]), 'ARCHIVE_CORRUPT'],
  ['the last letter, left out', () => genuine().subarray(0, -1), 'TRUST_SIGNATURE'],
  ['the signature, left out', () => genuine().subarray(0, signatureAt()), 'ARCHIVE_CORRUPT'],
  ['the signature, that of another patch', () => withSignatureOf('test-3.cdiff'), 'TRUST_SIGNATURE'],
  ['the last half, left out', () => genuine().subarray(0, 300), 'ARCHIVE_CORRUPT'],
  ['all but the header, left out', () => genuine().subarray(0, headerEnd()), 'ARCHIVE_CORRUPT'],
  ['all of it, by a page', () => Buffer.from('<html><body>Error</body></html>'), 'FETCH_HTML'],
  ['all of it, by a database', () => vector('test-2.cvd'), 'ARCHIVE_UNKNOWN'],
]

/** Another letter that signatures are written in: one bit more or less may be none. */
function otherLetter(): Buffer {
  const bytes = Buffer.from(genuine())
  bytes.write(bytes.toString('latin1', signatureAt(), signatureAt() + 1) === 'b' ? 'c' : 'b', signatureAt())
  return bytes
}

function withSignatureOf(name: string): Buffer {
  const other = vector(name)
  return Buffer.concat([genuine().subarray(0, signatureAt()), other.subarray(other.lastIndexOf(':') + 1)])
}

describe.each(lineages)('a patch with something changed, of %s', (_, open) => {
  beforeAll(() => use(open))

  it.each(regions)('%s', async (_what, bytes, code) => {
    expect(await judge(bytes(), null, prefer)).toBe(code)
    const signed = await judge(bytes(), vector('test-2.cdiff.sign'))
    expect(signed).toBe(code.startsWith('TRUST') ? 'TRUST_SIGNATURE' : code)
  })

  it('is refused whichever byte of it is changed', async () => {
    const accepted: number[] = []
    const bytes = genuine()
    for (let at = 0; at < bytes.length; at += 1) {
      if ((await judge(flipped(bytes, at), null, unsigned)) === 'accepted') accepted.push(at)
    }
    expect(accepted).toEqual([])
  })
})

const signs: readonly [
  what: string,
  sign: () => Buffer | null,
  changes: Partial<ClamavTrust> | (() => Partial<ClamavTrust>),
  code: string,
][] = [
  ['genuine', genuineSign, {}, 'accepted'],
  ['missing', () => null, {}, 'TRUST_SIGNATURE_MISSING'],
  ['missing, which is preferred', () => null, prefer, 'accepted'],
  ['that of another patch', () => vector('test-3.cdiff.sign'), prefer, 'TRUST_SIGNATURE'],
  ['that of the database', () => vector('test-2.cvd.sign'), prefer, 'TRUST_SIGNATURE'],
  ['expired', genuineSign, () => ({ now: lineage().late }), 'TRUST_EXPIRED'],
  ['without roots', genuineSign, { roots: [] }, 'TRUST_ANCHORS'],
  ['without roots, which is preferred', genuineSign, { roots: [], ...prefer }, 'accepted'],
]

describe.each(lineages)('the .sign of a patch, of %s', (_, open) => {
  beforeAll(() => use(open))

  it.each(signs)('%s', async (_what, file, changes, code) => {
    const trust = typeof changes === 'function' ? changes() : changes
    expect(await judge(genuine(), file(), trust)).toBe(code)
  })

  it('under another root', async () => {
    const roots = rootsIn(lineage().otherRootPath)
    expect(await judge(genuine(), genuineSign(), { roots, ...prefer })).toBe('TRUST_CHAIN')
  })

  it('does not make up for another version', async () => {
    expect(await judge(genuine(), genuineSign(), {}, 3)).toBe('TRUST_SET_NAME')
    expect(await judge(genuine(), genuineSign(), {}, null)).toBe('accepted')
  })
})

describe('a patch', () => {
  let signer: ClamavSigner
  beforeAll(() => {
    signer = makeClamavSigner()
  })
  const trust = (): ClamavTrust => ({ keys: signer.keys, roots: [], sign: 'prefer', now: new Date() })

  it('of no bytes is none', () => {
    expect(readPatch(Buffer.alloc(0))).toBeNull()
  })

  it('larger than any honest one is refused', async () => {
    const bytes = Buffer.concat([Buffer.from('ClamAV-Diff:2:10:'), Buffer.alloc(limits.databasePatch)])
    expect(await verdict(() => readPatch(bytes))).toBe('ARCHIVE_BOMB_TOTAL')
  })

  it.each([
    ['set', true],
    ['clear', false],
  ])('is proved with bit 6 of its block %s', async (_what, bit6) => {
    const bytes = makeCdiff(2, 'OPEN a\nCLOSE\n', signer, { pss: { bit6 } })
    const proof = provePatch(patchOf(bytes), { name: 'mine', version: 2 }, null, trust())
    expect(proof).toEqual({ version: 2, method: 'legacy', unjudged: false, signer: null })
  })

  it('signed by the key for lists is refused', async () => {
    const bytes = makeCdiff(2, 'OPEN a\nCLOSE\n', { ...signer, signPatch: signer.signInfo })
    const proved = () => provePatch(patchOf(bytes), { name: 'mine', version: 2 }, null, trust())
    expect(await verdict(proved)).toBe('TRUST_SIGNATURE')
  })
})
