import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canaryFile } from '../../src/clamav/canary.ts'
import { diffSets, type SetDifference } from '../../src/detection/diff-sets.ts'
import { sha256 } from '../archive/workshop.ts'
import { type ClamavSigner, makeClamavSigner, makeCld, makeCvd } from '../support/clamav-database.ts'
import { options, setOf } from './set-folder.ts'

const md5 = (text: string) => sha256(text).slice(0, 32)
const hdb = (...names: string[]) => `${names.map((name) => `${md5(name)}:10:${name}`).join('\n')}\n`

type Files = Readonly<Record<string, Buffer | string>>

async function diff(before: Files, after: Files): Promise<SetDifference> {
  return diffSets(setOf('20260101.001', before), setOf('20260102.001', after), options)
}

async function names(before: Files, after: Files) {
  const { added, removed, changed } = await diff(before, after)
  const of = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
  return { added: of(added), removed: of(removed), changed: of(changed) }
}

describe('the forms of ClamAV', () => {
  it.each([
    ['x.hdb', '0123456789abcdef0123456789abcdef:68:A.B-1\n', 'A.B-1'],
    ['x.hdb', '0123456789abcdef0123456789abcdef:*:A.B-1:73\r\n', 'A.B-1'],
    ['x.hsb', `${sha256('x')}:68:A.B-1`, 'A.B-1'],
    ['x.hdu', '0123456789abcdef0123456789abcdef:68:PUA.B-1\n', 'PUA.B-1'],
    ['x.mdb', '68:0123456789abcdef0123456789abcdef:A.B-1\n', 'A.B-1'],
    ['x.msb', `68:${sha256('x')}:A.B-1:73:99\n`, 'A.B-1'],
    ['x.imp', '0123456789abcdef0123456789abcdef:68:A.B-1\n', 'A.B-1'],
    ['x.ndb', 'A.B-1:0:*:414141??42{5}43:51:255\n', 'A.B-1'],
    ['x.ndu', 'PUA.B-1:0:*:414141\n', 'PUA.B-1'],
    ['x.ldb', 'A.B-1;Engine:51-255,Target:0;0&1;4141:4242;4343\n', 'A.B-1'],
    ['x.cdb', 'A.B-1:CL_TYPE_ZIP:*:*:*:*:*:1:*:*\n', 'A.B-1'],
    ['x.db', 'A.B-1=414141\n', 'A.B-1'],
    ['X.HDB', '0123456789abcdef0123456789abcdef:68:A.B-1\n', 'A.B-1'],
    ['x.fp', '0123456789abcdef0123456789abcdef:68:mine.exe\n', 'mine.exe'],
    ['x.sfp', `${sha256('x')}:68:mine.exe\n`, 'mine.exe'],
    ['x.ign2', 'A.B-1\n', 'A.B-1'],
    ['x.ign2', 'A.B-1:0123456789abcdef0123456789abcdef\n', 'A.B-1'],
    ['x.ign', 'main.ndb:12:A.B-1\n', 'A.B-1'],
    ['x.yar', 'rule A_B { condition: true }', 'A_B'],
    ['sub/x.rules', 'alert ip any any -> any any (sid:7; rev:1;)\n', '7'],
  ])('%s: %j', async (file, line, name) => {
    expect(await names({}, { [file]: line })).toEqual({ added: [name], removed: [], changed: [] })
    expect(await names({ [file]: line }, {})).toEqual({ added: [], removed: [name], changed: [] })
  })

  it('name nothing in comments, blank lines, lines without the field, and other files', async () => {
    const after = { 'x.hdb': `# a:1:no\n\nabc:1\n${hdb('Yes')}`, 'x.wdb': 'X:a:b\n', 'readme.txt': 'a:b:c\n' }
    const found = await diff({}, after)
    expect(found.added).toEqual([{ name: 'Yes', kind: 'detection' }])
    expect(found.files.added).toEqual(['readme.txt', 'x.hdb', 'x.wdb'])
  })

  it('keep what is detected, allowed and ignored apart', async () => {
    const { added, changed } = await diff(
      { 'x.hdb': hdb('Same') },
      { 'x.hdb': hdb('Same'), 'x.ign2': 'Same\n' },
    )
    expect([added, changed]).toEqual([[{ name: 'Same', kind: 'ignored' }], []])
  })
})

describe('names', () => {
  it('are changed when what stands for them is', async () => {
    const found = await names({ 'x.ndb': 'A:0:*:41\nB:0:*:42\n' }, { 'x.ndb': 'A:0:*:41\nB:0:*:43\n' })
    expect(found).toEqual({ added: [], removed: [], changed: ['B'] })
  })

  it('repeat in a file, in any order, and are one thing all the same', async () => {
    const [one, other, third] = ['A:0:*:41\n', 'A:0:*:42\n', 'A:0:*:43\n']
    expect(await names({ 'x.ndb': one + other }, { 'x.ndb': other + one })).toEqual({
      added: [],
      removed: [],
      changed: [],
    })
    expect((await names({ 'x.ndb': one + other }, { 'x.ndb': one + third })).changed).toEqual(['A'])
    expect((await names({ 'x.ndb': one }, { 'x.ndb': one + other })).changed).toEqual(['A'])
  })

  it('may move to another file, of which both sets may have an older copy', async () => {
    const moved = await names(
      { 'daily.hdb': hdb('A', 'B'), 'main.hdb': hdb('C') },
      { 'daily.hdb': hdb('B'), 'main.hdb': hdb('C', 'A') },
    )
    expect(moved).toEqual({ added: [], removed: [], changed: [] })
    const kept = await names(
      { 'daily.hdb': hdb('A'), 'main.hdb': hdb('B') },
      { 'daily.hdb': hdb('A', 'B'), 'main.hdb': hdb('B') },
    )
    expect(kept).toEqual({ added: [], removed: [], changed: ['B'] })
  })

  it('are not those of the canary, which this program puts into each set', async () => {
    const found = await diff({ [canaryFile]: hdb('Canary-1') }, { [canaryFile]: hdb('Canary-2') })
    expect(found).toEqual({
      files: { added: [], removed: [], changed: [] },
      added: [],
      removed: [],
      changed: [],
    })
  })

  it('come out sorted, however long and whatever their bytes', async () => {
    const odd = ['z', 'a\xe4\xff', 'x'.repeat(4096)]
    const found = await names({}, { 'x.ndb': Buffer.from(`${odd.join(':0:*:41\n')}:0:*:41\n`, 'latin1') })
    expect(found.added).toEqual(['a\xe4\xff', 'x'.repeat(4096), 'z'])
    expect((await names({}, { 'x.ndb': `${'x'.repeat(4097)}:0:*:41\n` })).added).toEqual([])
  })
})

describe('sets of other kinds', () => {
  it('differ by files and their digests alone', async () => {
    expect(await diff({ 'VIRSCAN1.DAT': 'a', 'B.DAT': 'b' }, { 'VIRSCAN1.DAT': 'c', 'C.DAT': 'c' })).toEqual({
      files: { added: ['C.DAT'], removed: ['B.DAT'], changed: ['VIRSCAN1.DAT'] },
      added: [],
      removed: [],
      changed: [],
    })
  })
})

describe('databases', () => {
  const signer: ClamavSigner = makeClamavSigner()
  const files = { 'daily.hdb': hdb('A', 'B'), 'daily.ndb': 'C:0:*:41\n', 'daily.cfg': 'x' }

  it('are read inside, packed or plain, and a name that another file brings is no news', async () => {
    const before = makeCvd({ name: 'daily', version: 1, files }, signer)
    const after = makeCld(
      {
        name: 'daily',
        version: 2,
        files: { ...files, 'daily.hdb': hdb('A', 'D'), 'daily.ldb': 'E;T;0;41\n' },
      },
      signer,
    )
    expect(await names({ 'daily.cvd': before }, { 'daily.cld': after })).toEqual({
      added: ['D', 'E'],
      removed: ['B'],
      changed: [],
    })
    const beside = await names(
      { 'daily.cvd': before, 'x.hdb': hdb('D') },
      { 'daily.cld': after, 'x.hdb': hdb('D') },
    )
    expect(beside).toEqual({ added: ['E'], removed: ['B'], changed: ['D'] })
  })

  it('that are damaged are an error', async () => {
    const damaged = Buffer.from(makeCvd({ name: 'daily', version: 1, files }, signer))
    damaged.fill(0, 600, 620)
    await expect(diff({}, { 'daily.cvd': damaged })).rejects.toMatchObject({
      code: expect.stringMatching(/^ARCHIVE_/),
    })
  })
})

/** What a reader with all the memory in the world would say. */
function plainly(before: readonly string[], after: readonly string[]) {
  const byName = (lines: readonly string[]) => {
    const found = new Map<string, string[]>()
    for (const line of lines) {
      const name = line.split(':')[0] ?? ''
      found.set(name, [...(found.get(name) ?? []), line].sort())
    }
    return found
  }
  const [old, fresh] = [byName(before), byName(after)]
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort()
  return {
    added: names.filter((name) => !old.has(name)),
    removed: names.filter((name) => !fresh.has(name)),
    changed: names.filter(
      (name) => old.has(name) && fresh.has(name) && String(old.get(name)) !== String(fresh.get(name)),
    ),
  }
}

it('says what a plain comparison would, whatever the lines and their order', async () => {
  const line = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 }))
    .map(([name, contents]) => `N${name}:0:*:4${contents}`)
  const lines = fc.array(line, { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(lines, lines, lines, async (one, other, shared) => {
      const found = await names(
        { 'x.ndb': [...shared, ...one].join('\n') },
        { 'x.ndb': [...shared, ...other].join('\n') },
      )
      expect(found).toEqual(plainly([...shared, ...one], [...shared, ...other]))
    }),
    { numRuns: 60 },
  )
})

it('finds its way again after thousands of lines that were put in or left out', async () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `M${index}`)
  const fresh = Array.from({ length: 3000 }, (_, index) => `F${index}`)
  const found = await names(
    { 'x.hdb': hdb(...many) },
    { 'x.hdb': hdb(...many.slice(0, 4000), ...fresh, ...many.slice(9500)) },
  )
  expect(found.added).toEqual(fresh.toSorted())
  expect(found.removed).toHaveLength(5500)
  expect(found.changed).toEqual([])
})
