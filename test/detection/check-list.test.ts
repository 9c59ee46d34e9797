import { describe, expect, it } from 'vitest'
import { checkList, whyNot } from '../../src/detection/check-list.ts'

async function* pieces(text: string) {
  for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7), 'latin1')
}

const md5 = '0123456789abcdef0123456789abcdef'
const good = `${md5}:68:A.B-1\n`

describe('a list', () => {
  it.each([
    ['x.hdb', good, 1, null],
    ['x.hdb', `# one\r\n${md5}:*:A.B-1:73\r\n${md5}:7:C`, 2, null],
    ['x.hsb', good + good, 2, null],
    ['x.mdb', `68:${md5}:A.B-1\n`, 1, null],
    ['x.ndb', 'A:0:*:41??42\nB:0:EP+0:4142:51:255\n', 2, null],
    ['x.ldb', 'A;Engine:51-255,Target:0;0&1;41;42\n', 1, null],
    ['x.ign2', 'A.B-1\nC.D-1\n', 2, null],
    ['x.wdb', 'X:.+:.+\n', 1, null],
    ['x.yar', 'rule a { condition: true }\nrule b { condition: true }', 2, null],
    ['x.yar', '// rule a { condition: true }', 0, null],
    ['x.hdb', '# Your access was denied.\n', 0, null],
    ['x.hdb', `${good}\n`, 1, 'line 2 is blank'],
    ['x.hdb', `${good}abc\n`, 2, 'line 2 is no signature: "abc"'],
    ['x.hdb', '<html><body>denied</body></html>', 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}:68\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5.slice(1)}:68:A\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}:068:A\n${md5}:68:A:73\n${md5}:68:A`, 3, null],
    ['x.hdb', `${md5}:68:\r\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}:68::A\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}:6x:A\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}::A\n`, 1, /^line 1 is no signature/],
    ['x.hdb', `${md5}g:68:A\n`, 1, /^line 1 is no signature/],
    ['x.mdb', good, 1, /^line 1 is no signature/],
    ['x.ndb', 'A:0:*\n', 1, /^line 1 is no signature/],
    ['x.ldb', 'A;Target:0;0\n', 1, /^line 1 is no signature/],
    ['x.hdb', '', 0, null],
  ])('%s: %j', async (file, text, signatures, flaw) => {
    const report = await checkList(file, pieces(text))
    expect([report.bytes, report.signatures]).toEqual([text.length, signatures])
    if (flaw === null) expect(report.flaw).toBeNull()
    else expect(report.flaw).toMatch(flaw)
  })

  it.each([
    ['x.hdb', 'd41d8cd98f00b204e9800998ecf8427e:0:Empty'],
    ['x.hsb', `${'e3b0c442'.repeat(8)}:0:Empty:73`],
    ['x.mdb', `0:${md5}:Empty`],
  ])('with the size of the empty file stops the engine, and is named: %s', async (file, line) => {
    const report = await checkList(
      file,
      pieces(`${file === 'x.mdb' ? `68:${md5}:A` : good.trim()}\n${line}\n`),
    )
    if (file === 'x.hsb') expect(report.flaw).toMatch(/^line \d is no signature/)
    else expect(report.flaw).toMatch(/^line 2 is no signature \(size 0/)
  })
})

describe('a list with a line for every version of the engine', () => {
  it.each([
    ['x.hdb', `${md5}:7:C`, true],
    ['x.hsb', `${md5}:*:C:73\r\n`, true],
    ['x.hsb', `${md5}:7:C:120\n`, false],
    ['x.hsb', `${md5}:7:C:120\n${md5}:7:D\n`, true],
    ['x.hdb', `${md5}:7:C:73:90\n`, false],
    ['x.mdb', `7:${md5}:C:73`, true],
    ['x.ndb', 'A:0:*:4142', true],
    ['x.ndb', 'A:0:*:4142:73:999', false],
    ['x.ndb', '# A:0:*:4142\nA:0:*:4142:999', false],
    // Nobody but the engine can tell.
    ['x.ldb', 'A;Target:0;0;41', false],
    ['x.yar', 'rule a { condition: true }', false],
    ['x.cfg', 'PE:0x1:0:1', false],
  ])('%s: %j', async (file, text, anyVersion) => {
    expect(await checkList(file, pieces(text))).toMatchObject({ anyVersion })
  })
})

describe('a list that was looked at before', () => {
  it.each([
    ['x.hdb', `# one\n${good}\n \nabc\r\n\r\n`],
    ['x.ign2', 'A.B-1\n\nC.D-1\n'],
    ['x.yar', 'rule a { condition: true }\nrule b { condition: true }'],
  ])('%s: has its signatures counted, whatever their form', async (file, text) => {
    expect(await checkList(file, pieces(text), true)).toMatchObject({ signatures: 2, flaw: null })
  })
})

describe('the last good list stays', () => {
  const report = (signatures: number, flaw: string | null = null) => ({
    bytes: 9 * signatures,
    signatures,
    flaw,
    anyVersion: false,
    rules: [],
  })

  it.each([
    [report(5), null, 60, null],
    [report(5000), report(5000), 60, null],
    [report(2000), report(5000), 60, null],
    [report(1999), report(5000), 60, /60 % less|at most 60 %/],
    [report(1), report(5000), 60, /it holds 1 signatures, 99 % less than the 5000 before/],
    [report(1), report(5000), 0, null],
    [report(1), report(9), 60, null],
    [report(0), null, 60, /is empty/],
    [{ bytes: 40, signatures: 0, flaw: null, anyVersion: false, rules: [] }, report(9), 60, /no signature/],
    [report(5, 'line 2 is blank'), null, 60, /line 2 is blank/],
  ])('%j after %j, %d %%', (fresh, before, shrink, why) => {
    if (why === null) expect(whyNot(fresh, before, shrink)).toBeNull()
    else expect(whyNot(fresh, before, shrink)).toMatch(why)
  })
})
