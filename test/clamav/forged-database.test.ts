import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { proveDatabase } from '../../src/clamav/prove.ts'
import { room } from '../archive/workshop.ts'
import { lineages, rootsIn } from '../trust/clamav/lineage.ts'
import { flipped, lineage, openBytes, testTrust, use, vector, verdict } from '../trust/clamav/world.ts'

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
const hasSigtool = has('sigtool', '--version')
const hasOpenssl = has('openssl', 'version')

/** A genuine database with the fields of its header changed. */
function withHeader(change: (fields: string[]) => string[], version = 3): Buffer {
  const genuine = vector(`test-${version}.cvd`)
  const fields = genuine.toString('latin1', 0, 512).trimEnd().split(':')
  return Buffer.concat([Buffer.from(change(fields).join(':').padEnd(512), 'latin1'), genuine.subarray(512)])
}

const field = (index: number, value: string) =>
  withHeader((fields) => fields.map((old, at) => (at === index ? value : old)))

/** Without `.sign`, under `prefer`: what the legacy chain alone finds. */
async function legacyVerdict(bytes: Uint8Array): Promise<string> {
  return verdict(async () =>
    proveDatabase(
      await openBytes(bytes),
      { name: 'test', version: null },
      null,
      testTrust({ sign: 'prefer' }),
    ),
  )
}

/** Name, forgery, our code; `theirs` is whether sigtool takes it: it lets pass what no engine reads. */
const forgeries: readonly [what: string, bytes: () => Buffer, code: string, theirs: boolean][] = [
  ['nothing', () => vector('test-3.cvd'), 'accepted', true],
  ['the magic', () => field(0, 'ClamAV-VDC'), 'ARCHIVE_UNKNOWN', false],
  ['the build time as text', () => field(1, '23 Jun 2021 20-40 -0400'), 'TRUST_DIGEST', true],
  ['the version, raised', () => field(2, '9'), 'TRUST_DIGEST', false],
  ['the version, lowered', () => field(2, '2'), 'TRUST_DIGEST', false],
  ['the version, no number', () => field(2, '3x'), 'ARCHIVE_CORRUPT', true],
  ['the number of signatures', () => field(3, '12'), 'TRUST_DIGEST', false],
  ['the functionality level', () => field(4, '90'), 'TRUST_DIGEST', false],
  ['the MD5', () => field(5, '00000000000000000000000000000000'), 'TRUST_DIGEST', false],
  ['the MD5, left out', () => field(5, 'X'), 'TRUST_DIGEST', false],
  [
    'the signature',
    () => withHeader((f) => f.map((v, at) => (at === 6 ? `b${v.slice(1)}` : v))),
    'TRUST_SIGNATURE',
    false,
  ],
  ['the signature, left out', () => field(6, 'X'), 'TRUST_SIGNATURE_MISSING', false],
  ['the signature, that of another version', () => swappedSignature(), 'TRUST_SIGNATURE', false],
  [
    'MD5 and signature, left out',
    () => withHeader((f) => f.map((v, at) => (at === 5 || at === 6 ? 'X' : v))),
    'TRUST_SIGNATURE_MISSING',
    false,
  ],
  ['the builder', () => field(7, 'somebody'), 'TRUST_DIGEST', true],
  ['the build time in seconds', () => field(8, '1624408810'), 'TRUST_DIGEST', false],
  ['the build time in seconds, left out', () => withHeader((f) => f.slice(0, 8)), 'TRUST_DIGEST', false],
  ['a field more', () => withHeader((f) => [...f, '1']), 'ARCHIVE_CORRUPT', true],
  [
    'bytes behind the line',
    () => {
      const b = vector('test-3.cvd')
      b.write('\nhidden', 480)
      return b
    },
    'ARCHIVE_CORRUPT',
    true,
  ],
  [
    'the header of another version',
    () => Buffer.concat([vector('test-4.cvd').subarray(0, 512), vector('test-3.cvd').subarray(512)]),
    'TRUST_DIGEST',
    false,
  ],
  ['the magic of gzip', () => flipped(vector('test-3.cvd'), 512), 'ARCHIVE_UNKNOWN', false],
  ['the flags of gzip', () => flipped(vector('test-3.cvd'), 515, 0x80), 'ARCHIVE_CORRUPT', false],
  ['the time of gzip', () => flipped(vector('test-3.cvd'), 516), 'TRUST_DIGEST', false],
  ['the packed data, at its beginning', () => flipped(vector('test-3.cvd'), 540), 'ARCHIVE_CORRUPT', false],
  ['the packed data, in its middle', () => flipped(vector('test-3.cvd'), 5000), 'ARCHIVE_HIDDEN', false],
  ['the checksum of gzip', () => flipped(vector('test-3.cvd'), -8), 'ARCHIVE_CORRUPT', false],
  ['the size of gzip', () => flipped(vector('test-3.cvd'), -1), 'ARCHIVE_CORRUPT', false],
  ['a byte more', () => Buffer.concat([vector('test-3.cvd'), Buffer.from('x')]), 'ARCHIVE_TRAILING', false],
  ['the last half, left out', () => vector('test-3.cvd').subarray(0, 5000), 'ARCHIVE_TRUNCATED', false],
  ['all but the header, left out', () => vector('test-3.cvd').subarray(0, 512), 'ARCHIVE_UNKNOWN', false],
  ['half the header, left out', () => vector('test-3.cvd').subarray(0, 256), 'ARCHIVE_TRUNCATED', false],
  [
    'all of it',
    () => Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>'),
    'FETCH_HTML',
    false,
  ],
]

function swappedSignature(): Buffer {
  const other = vector('test-4.cvd').toString('latin1', 0, 512).split(':')
  return field(6, other[6] ?? '')
}

// What a byte of packed data does depends on what is packed.
const expected = (what: string, code: string) =>
  what.startsWith('the packed data') && !lineage().genuine ? expect.stringMatching(/^(ARCHIVE|TRUST)_/) : code

describe.each(lineages)('a database with something changed, of %s', (_, open) => {
  beforeAll(() => use(open))

  it.each(forgeries)('%s', async (what, bytes, code) => {
    expect(await legacyVerdict(bytes())).toEqual(expected(what, code))
  })

  it.each(forgeries.slice(1))('%s, with its .sign beside it', async (what, bytes, code) => {
    const opened = await verdict(() => openBytes(bytes()))
    const signed = await verdict(async () =>
      proveDatabase(
        await openBytes(bytes()),
        { name: 'test', version: 3 },
        vector('test-3.cvd.sign'),
        testTrust(),
      ),
    )
    // What can be opened fails by its .sign, which is over every byte of the file.
    expect(signed).toEqual(opened === 'accepted' ? 'TRUST_SIGNATURE' : expected(what, code))
  })

  it.skipIf(!hasSigtool)('is refused by us wherever sigtool refuses it', async ({ skip }) => {
    // It knows ClamAV's keys alone.
    if (!lineage().genuine) skip()
    const file = join(room(), 'test.cvd')
    for (const [what, bytes, , theirs] of forgeries) {
      writeFileSync(file, bytes())
      const { status, stdout } = spawnSync('sigtool', ['--info', file], { encoding: 'utf8' })
      const accepted = status === 0 && stdout.includes('Verification OK')
      expect([what, accepted]).toEqual([what, theirs])
      if (!accepted) expect([what, await legacyVerdict(bytes())]).not.toEqual([what, 'accepted'])
    }
  })

  it('is refused wherever a byte of it is changed', async () => {
    const genuine = vector('test-1.cvd')
    const accepted: number[] = []
    for (let at = 0; at < genuine.length; at += 31) {
      if ((await legacyVerdict(flipped(genuine, at))) === 'accepted') accepted.push(at)
    }
    expect(accepted).toEqual([])
  }, 60_000)
})

const lines = () => vector('test-3.cvd.sign').toString('latin1').trimEnd().split('\n')
const derOf = (text: string) => Buffer.from(text.split(':')[3] ?? '', 'base64')
const signOf = (der: Uint8Array, range = '230:') =>
  Buffer.from(`#clamsign-1.0\n${range}:pkcs7-pem:${Buffer.from(der).toString('base64')}\n`)
const genuineDer = () => derOf(lines()[1] ?? '')
const text = (...changed: string[]) => Buffer.from(changed.join('\n'))

/** Name, `.sign`, our code; `theirs` is what openssl says to the PKCS#7 inside, null where that is not the point. */
const signs: readonly [what: string, sign: () => Buffer | null, code: string, theirs: boolean | null][] = [
  ['genuine', () => vector('test-3.cvd.sign'), 'accepted', true],
  ['genuine, packed anew', () => signOf(genuineDer()), 'accepted', true],
  [
    'with comments and empty lines',
    () => text(lines()[0] ?? '', '', '# a comment', lines()[1] ?? '', ''),
    'accepted',
    null,
  ],
  [
    'with a line for other engines before it',
    () => text('#clamsign-1.0', '1:229:pkcs7-pem:AAAA', lines()[1] ?? ''),
    'accepted',
    null,
  ],
  [
    'with a bad line before the good one',
    () =>
      text(
        '#clamsign-1.0',
        `230::pkcs7-pem:${derOf(vector('test-2.cvd.sign').toString().split('\n')[1] ?? '').toString('base64')}`,
        lines()[1] ?? '',
      ),
    'accepted',
    null,
  ],
  ['missing', () => null, 'TRUST_SIGNATURE_MISSING', null],
  ['empty', () => Buffer.alloc(0), 'TRUST_SIGNATURE', null],
  ['of version 1', () => vector('test-1.cvd.sign'), 'TRUST_SIGNATURE', false],
  ['of the patch', () => vector('test-3.cdiff.sign'), 'TRUST_SIGNATURE', false],
  ['of a later format', () => text('#clamsign-2.0', lines()[1] ?? ''), 'TRUST_SIGNATURE', null],
  ['without its first line', () => text(lines()[1] ?? ''), 'TRUST_SIGNATURE', null],
  [
    'of an unknown kind',
    () => text('#clamsign-1.0', (lines()[1] ?? '').replace('pkcs7-pem', 'gpg')),
    'TRUST_SIGNATURE',
    null,
  ],
  ['of no line', () => text('#clamsign-1.0', ''), 'TRUST_SIGNATURE_MISSING', null],
  ['for older engines', () => signOf(genuineDer(), '1:229'), 'TRUST_SIGNATURE_MISSING', null],
  ['for later engines', () => signOf(genuineDer(), '231:'), 'TRUST_SIGNATURE_MISSING', null],
  ['cut off', () => signOf(genuineDer().subarray(0, -100)), 'TRUST_SIGNATURE', false],
  [
    'with a byte more',
    () => signOf(Buffer.concat([genuineDer(), Buffer.from([0])])),
    'TRUST_SIGNATURE',
    null,
  ],
  ['changed in its own signature', () => signOf(flipped(genuineDer(), -20)), 'TRUST_SIGNATURE', false],
  [
    'changed in the signing time',
    () => signOf(flipped(genuineDer(), genuineDer().indexOf(Buffer.from('2a864886f70d010905', 'hex')) + 13)),
    'TRUST_SIGNATURE',
    false,
  ],
  [
    'changed in the digest',
    () => signOf(flipped(genuineDer(), genuineDer().indexOf(Buffer.from('2a864886f70d010904', 'hex')) + 15)),
    'TRUST_SIGNATURE',
    false,
  ],
  [
    'changed in the name of the signer',
    () => signOf(flipped(genuineDer(), genuineDer().indexOf('CVD Signing Cert'))),
    'TRUST_CHAIN',
    false,
  ],
  ['HTML', () => Buffer.from('<html>not found</html>'), 'TRUST_SIGNATURE', null],
  ['too large', () => Buffer.alloc(300_000, '#'), 'TRUST_SIGNATURE', null],
]

describe.each(lineages)('a database whose .sign is, of %s', (_, open) => {
  beforeAll(() => use(open))

  const opened = () => openBytes(vector('test-3.cvd'))
  const claim = { name: 'test', version: 3 }

  it.each(signs)('%s: judged the same with require and with prefer', async (_what, sign, code) => {
    for (const policy of ['require', 'prefer'] as const) {
      const trust = testTrust({ sign: policy })
      const outcome = await verdict(async () => proveDatabase(await opened(), claim, sign(), trust))
      // Only one that is not there at all makes a difference.
      expect(outcome).toBe(policy === 'prefer' && sign() === null ? 'accepted' : code)
    }
  })

  it.skipIf(!hasOpenssl).each(signs.filter(([, , , theirs]) => theirs !== null))(
    '%s: openssl smime agrees',
    (_what, sign, code, theirs) => {
      const folder = room()
      const [, good] = (sign()?.toString('latin1') ?? '').split('\n')
      writeFileSync(join(folder, 's.der'), derOf(good ?? ''))
      writeFileSync(join(folder, 'x'), vector('test-3.cvd'))
      const { status } = spawnSync('openssl', [
        ...[
          'smime',
          '-verify',
          '-inform',
          'DER',
          '-in',
          join(folder, 's.der'),
          '-content',
          join(folder, 'x'),
        ],
        ...['-binary', '-CAfile', lineage().rootPath, '-out', join(folder, 'out')],
        ...['-attime', String(Math.floor(lineage().valid.getTime() / 1000))],
      ])
      expect([status === 0, code === 'accepted']).toEqual([theirs, theirs])
    },
  )

  it('missing, with prefer: says that the legacy keys alone vouch', async () => {
    const proof = proveDatabase(await opened(), claim, null, testTrust({ sign: 'prefer' }))
    expect(proof).toMatchObject({ method: 'legacy', unjudged: false, signer: null })
  })

  it('there, with prefer and no roots: says that nobody judged it', async () => {
    const trust = testTrust({ sign: 'prefer', roots: [] })
    for (const sign of [vector('test-3.cvd.sign'), Buffer.from('<html>not found</html>')]) {
      const proof = proveDatabase(await opened(), claim, sign, trust)
      expect(proof).toMatchObject({ method: 'legacy', unjudged: true, signer: null })
    }
  })

  it.each([
    ['no roots', () => ({ roots: [] }), 'TRUST_ANCHORS'],
    ['another root', () => ({ roots: rootsIn(lineage().otherRootPath) }), 'TRUST_CHAIN'],
    ['the clock before the root', () => ({ now: lineage().early }), 'TRUST_EXPIRED'],
    ['the clock behind the root', () => ({ now: lineage().late }), 'TRUST_EXPIRED'],
  ] as const)('genuine, judged with %s', async (_what, changes, code) => {
    const proved = async () =>
      proveDatabase(await opened(), claim, vector('test-3.cvd.sign'), testTrust(changes()))
    expect(await verdict(proved)).toBe(code)
  })
})

describe.each(lineages)('a database offered as, of %s', (_, open) => {
  beforeAll(() => use(open))

  it.each([
    ['test', 3, 'accepted'],
    ['test', null, 'accepted'],
    ['mine', 3, 'accepted'],
    ['daily', 3, 'accepted'],
    ['test', 4, 'TRUST_SET_NAME'],
    ['test', 2, 'TRUST_SET_NAME'],
  ])('%s version %s', async (name, version, code) => {
    const sign = vector('test-3.cvd.sign')
    const opened = await openBytes(vector('test-3.cvd'))
    expect(await verdict(() => proveDatabase(opened, { name, version }, sign, testTrust()))).toBe(code)
  })
})
