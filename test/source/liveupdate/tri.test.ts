import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDefsError } from '../../../src/error.ts'
import { limits } from '../../../src/limits.ts'
import { newestItem } from '../../../src/source/liveupdate/index-file.ts'
import { readTri } from '../../../src/source/liveupdate/tri.ts'
import { triItem, triText } from '../asking.ts'

const subject = { product: 'SMSMSE Virus Definitions', version: '6.5', language: 'symalllanguages' }
const read = (...items: string[]) => readTri(triText(...items), subject)

const invalid = expect.objectContaining({ name: 'DefsError', code: 'INDEX_INVALID' })

describe('readTri', () => {
  it('reads a full item', () => {
    const item = triItem('ExItem0', {
      Size: 9259,
      FullSize: 20117,
      Sequence: 178940,
      Grade: 'Rapid',
      ItemName: 'Defs',
    })
    expect(read(item)).toEqual({
      full: [
        {
          section: 'ExItem0',
          set: '20261121.003',
          sequence: { number: 178940, signed: true },
          grade: 'rapid',
          file: 'a.zip',
          bytes: 9259,
          unpackedBytes: 20117,
          base: null,
          statement: null,
          itemName: 'Defs',
        },
      ],
      incremental: [],
      dropped: [],
    })
  })

  it('reads the statement of an internal server', () => {
    const said = (more: Record<string, string>) => read(triItem('ExItem0', more)).full[0]?.statement
    expect(said({ Statement: '7' })).toEqual({ number: 7, demoted: false, withdrawn: [], maxAge: null })
    expect(said({ Statement: '8', Demoted: 'true' })).toMatchObject({ number: 8, demoted: true })
    expect(said({ Statement: '9', Withdrawn: '261120001, 261119003', MaxAge: '3600' })).toEqual({
      number: 9,
      demoted: false,
      withdrawn: ['20261120.001', '20261119.003'],
      maxAge: 3_600_000,
    })
    expect(() => said({ Statement: '1', Withdrawn: 'all' })).toThrow(invalid)
    expect(() => said({ Statement: '1', Withdrawn: Array(65).fill('261120001').join(',') })).toThrow(invalid)
    // Without a number it could be replayed for ever.
    expect(said({ Demoted: 'TRUE' })).toBeNull()
    expect(() => said({ Statement: '-1' })).toThrow(invalid)
    expect(() => said({ Statement: '1', Demoted: 'perhaps' })).toThrow(invalid)
  })

  it('fills in what may be absent', () => {
    const [item] = read(triItem('Item7', { FullSize: undefined })).full
    expect(item).toMatchObject({ sequence: null, grade: 'certified', unpackedBytes: null, base: null })
  })

  it('keeps incremental items apart, with their base', () => {
    const tri = read(
      triItem('ExItem0', {}),
      triItem('ExItem1', { IncrementalPackage: 'TRUE', BaseSeqData: '261120001' }),
    )
    expect(tri.full).toHaveLength(1)
    expect(tri.incremental).toMatchObject([{ base: '20261120.001', set: '20261121.003' }])
  })

  it('does not mind the case of keys and sections, nor LF, CRLF and a byte order mark', () => {
    const text = triText(triItem('ExItem0', {}))
    const odd = text.replaceAll(/^(\w+)=/gm, (key) => key.toUpperCase()).replace('[ExItem0]', '[exitem0]')
    for (const form of [odd, text.replaceAll('\r\n', '\n'), `\uFEFF${text}`]) {
      expect(readTri(form, subject).full).toMatchObject([{ set: '20261121.003', bytes: 7 }])
    }
  })

  it('ignores URL=, other sections and other sequences', () => {
    const tri = read(
      triItem('ExItem0', { URL: 'http://elsewhere/' }),
      triItem('ExItem1', { ItemSeqName: 'Update', Size: 'none of ours' }),
      triItem('Other0', { Size: 'x' }),
      '[ExItem2]\r\nFileName=../../x\r\n',
    )
    expect(tri.full.map(({ section }) => section)).toEqual(['ExItem0'])
    expect(JSON.stringify(tri)).not.toContain('elsewhere')
  })

  it('passes over items for another product, version or language', () => {
    const tri = read(
      triItem('ExItem0', { Product: 'Other', Size: 'x' }),
      triItem('ExItem1', { Version: '7.0' }),
      triItem('ExItem2', { Language: 'english' }),
      triItem('ExItem3', {
        Product: 'smsmse virus definitions',
        Version: '6.5',
        Language: 'SymAllLanguages',
      }),
    )
    expect(tri.full.map(({ section }) => section)).toEqual(['ExItem3'])
  })

  it.each([
    [
      'Size',
      [
        '',
        '-1',
        '0',
        '1.5',
        '1e3',
        '0x10',
        'NaN',
        'Infinity',
        '+7',
        ' 7 7',
        '99999999999999999999',
        String(limits.package + 1),
      ],
    ],
    ['FullSize', ['', '-1', '0', 'NaN', '12345678901234567', String(limits.unpacked + 1)]],
    ['Sequence', ['-1', '1.0', 'NaN', '9007199254740992', 'abc']],
    ['Grade', ['gold', '']],
    ['IncrementalPackage', ['YES', '', '1']],
    [
      'ItemSeqData',
      ['', '26112100', '2611210033', '261321003', '261132001', '20261121.003', '-61121003', 'NaN'],
    ],
    [
      'FileName',
      [
        '',
        '.',
        '..',
        'a/b.zip',
        '/etc/passwd',
        '..\\x',
        'C:\\x',
        'c:x',
        'http://h/x.zip',
        'a\u0000b',
        'x.zip.',
        'NUL',
        'con.zip',
        'a%2fb',
        '\\\\h\\s\\x',
        'x'.repeat(300),
        'ä.zip',
      ],
    ],
  ])('refuses a full item with a bad %s', (key, values) => {
    for (const value of values)
      expect(() => read(triItem('ExItem0', { [key]: value })), value).toThrow(invalid)
  })

  it('takes the largest sizes that are allowed', () => {
    const tri = read(triItem('ExItem0', { Size: limits.package, FullSize: limits.unpacked }))
    expect(tri.full).toMatchObject([{ bytes: limits.package, unpackedBytes: limits.unpacked }])
  })

  it('drops a bad incremental item and keeps the full one', () => {
    const step = { IncrementalPackage: 'TRUE', BaseSeqData: '261120001' }
    const tri = read(
      triItem('ExItem0', {}),
      triItem('ExItem1', { ...step, Size: -1 }),
      triItem('ExItem2', { ...step, BaseSeqData: undefined }),
      triItem('ExItem3', { ...step, FileName: '../x' }),
    )
    expect([tri.full.length, tri.incremental.length, tri.dropped.length]).toEqual([1, 0, 3])
  })

  it('keeps an empty incremental item, for its taker to report', () => {
    const step = { IncrementalPackage: 'TRUE', BaseSeqData: '261120001', Size: 0 }
    const tri = read(triItem('ExItem0', {}), triItem('ExItem1', step))
    expect(tri.incremental).toMatchObject([{ bytes: 0 }])
    expect(tri.dropped).toEqual([])
  })

  it.each(['ItemSeqName', 'ItemSeqData', 'FileName', 'Size', 'IncrementalPackage', 'Product'])(
    'refuses %s standing twice in an item, whatever its case',
    (key) => {
      const values: Record<string, string> = {
        ItemSeqName: 'CurDefs',
        IncrementalPackage: 'FALSE',
        Product: subject.product,
      }
      const item = triItem('ExItem0', values)
      const again = /\S+/.exec(item.split('\r\n').find((line) => line.startsWith(key)) ?? '')?.[0] ?? ''
      expect(() => read(`${item}${again}\r\n`)).toThrow(invalid)
      expect(() => read(`${item}${again.replace(key, key.toLowerCase())}\r\n`)).toThrow(invalid)
    },
  )

  it('refuses an item named twice, and a text that is no index', () => {
    expect(() => read(triItem('ExItem0', {}), triItem('exitem0', {}))).toThrow(invalid)
    for (const text of ['', '<html>', '\u0000\u0001', triItem('ExItem0', {})]) {
      expect(() => readTri(text, subject)).toThrow(invalid)
    }
  })

  it('reads 10,000 items in time that grows with their number', () => {
    const items = (count: number) =>
      triText(...Array.from({ length: count }, (_, n) => triItem(`ExItem${n}`, { FileName: `${n}.zip` })))
    const text = items(10_000)
    const before = performance.now()
    expect(readTri(text, subject).full).toHaveLength(10_000)
    // Quadratic work would take minutes; the bound is wide for a busy machine.
    expect(performance.now() - before).toBeLessThan(5000)
  })

  it('throws nothing but INDEX_INVALID, whatever it is given', () => {
    // An index that is right but for one or two of its values.
    const right: Readonly<Record<string, string>> = {
      ItemSeqName: 'CurDefs',
      ItemSeqData: '261121003',
      FileName: 'a.zip',
      Size: '7',
      FullSize: '70',
      IncrementalPackage: 'FALSE',
      Sequence: '178940',
      Grade: 'rapid',
      Statement: '7',
      Demoted: 'TRUE',
    }
    const key = fc.constantFrom(...Object.keys(right), 'BaseSeqData')
    const value = fc.oneof(
      fc.constantFrom(
        '',
        ' ',
        '-1',
        '0',
        '7.5',
        '1e9',
        '0x7',
        '9007199254740993',
        'NaN',
        'TRUE',
        '../a',
        'a\\b',
      ),
      fc.constantFrom('261131003', '26112100', 'con', 'a.zip', 'c:a.zip', '..', 'certified', 'Infinity'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    )
    const change = fc.tuple(key, fc.option(value))
    const outcomes = { read: 0, refused: 0, dropped: 0 }
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2 }), fc.boolean(), (changes, incremental) => {
        const item = new Map(Object.entries(right))
        if (incremental) item.set('IncrementalPackage', 'TRUE').set('BaseSeqData', '261120001')
        for (const [name, odd] of changes) odd === null ? item.delete(name) : item.set(name, odd)
        const lines = [...item].map(([name, odd]) => `${name}=${odd}`)
        try {
          const tri = readTri(['[LiveUpdate]', '[ExItem0]', ...lines].join('\n'), subject)
          outcomes[tri.dropped.length > 0 ? 'dropped' : 'read'] += 1
          return [...tri.full, ...tri.incremental].every(({ file, bytes, unpackedBytes, sequence, base }) => {
            // An empty incremental package is told by whoever takes it.
            const numbers = [
              base === null ? bytes : bytes + 1,
              unpackedBytes ?? 1,
              (sequence?.number ?? 0) + 1,
            ]
            const counted = numbers.every((number) => Number.isSafeInteger(number) && number > 0)
            const plain = /^[^/\\:\u0000-\u001f]+$/.test(file)
            return counted && plain && (base === null || /^\d{8}\.\d{3}$/.test(base))
          })
        } catch (error) {
          outcomes.refused += 1
          return isDefsError(error, 'INDEX_INVALID')
        }
      }),
      { numRuns: 600 },
    )
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(10)
  })
})

describe('newestItem', () => {
  const newest = (...keys: Record<string, string | number>[]) =>
    newestItem(read(...keys.map((key, n) => triItem(`ExItem${n}`, key))).full, subject.product)?.section

  it('goes by day and revision', () => {
    expect(
      newest({ ItemSeqData: '261120020' }, { ItemSeqData: '261121001' }, { ItemSeqData: '261120041' }),
    ).toBe('ExItem1')
    expect(newest({ ItemSeqData: '261121010' }, { ItemSeqData: '261121009' })).toBe('ExItem0')
  })

  it('takes the first of the same', () => {
    expect(newest({ FileName: 'a.zip' }, { FileName: 'b.zip' })).toBe('ExItem0')
  })

  it('goes by sequence number where both have one', () => {
    expect(
      newest({ ItemSeqData: '261122001', Sequence: 99 }, { ItemSeqData: '261121001', Sequence: 100 }),
    ).toBe('ExItem1')
  })

  it('prefers items named after the product', () => {
    expect(newest({ ItemName: subject.product }, { ItemName: 'Other', ItemSeqData: '261122001' })).toBe(
      'ExItem0',
    )
    expect(newest({ ItemName: 'Text' }, { ItemName: 'Other', ItemSeqData: '261122001' })).toBe('ExItem1')
  })

  it('is null without any', () => expect(newest()).toBeUndefined())
})
