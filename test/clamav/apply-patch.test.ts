import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyPatch } from '../../src/clamav/cdiff.ts'
import type { DatabasePatch } from '../../src/clamav/database.ts'
import { limits } from '../../src/limits.ts'
import { room } from '../archive/workshop.ts'
import { processorTime } from '../support/processor-time.ts'
import { options, verdict } from '../trust/clamav/world.ts'

type Files = Readonly<Record<string, string>>

function folderOf(files: Files): string {
  const directory = join(room(), 'database')
  mkdirSync(directory)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, 'latin1')
  return directory
}

function filesIn(directory: string): Files {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  )
}

/** A patch whose signature was found good. */
function patchOf(script: string, changes: Partial<DatabasePatch> = {}): DatabasePatch {
  const bytes = Buffer.alloc(0)
  const content = Buffer.from(script, 'latin1')
  const packed = gzipSync(content)
  return { version: 2, scriptBytes: content.length, bytes, signed: bytes, signature: '', packed, ...changes }
}

async function patched(files: Files, script: string): Promise<Files> {
  const directory = folderOf(files)
  await applyPatch(patchOf(script), directory, options)
  return filesIn(directory)
}

const abc = { 'a.ndb': 'one\ntwo\nthree\nfour\n' }

const honest: readonly [what: string, script: string, after: Files][] = [
  ['nothing', '', abc],
  ['comments and empty lines', '# ADD x\n\n#\n', abc],
  ['lines added', 'OPEN a.ndb\nADD five\nADD  six  \nCLOSE\n', { 'a.ndb': `${abc['a.ndb']}five\n six  \n` }],
  ['a line removed', 'OPEN a.ndb\nDEL 2 tw\nCLOSE\n', { 'a.ndb': 'one\nthree\nfour\n' }],
  ['a line removed by the whole of it', 'OPEN a.ndb\nDEL 2 two\nCLOSE\n', { 'a.ndb': 'one\nthree\nfour\n' }],
  ['a line changed', 'OPEN a.ndb\nXCHG 3 th a b c\nCLOSE\n', { 'a.ndb': 'one\ntwo\na b c\nfour\n' }],
  ['the first and the last line', 'OPEN a.ndb\nDEL 1 o\nDEL 4 f\nCLOSE\n', { 'a.ndb': 'two\nthree\n' }],
  ['all lines', 'OPEN a.ndb\nDEL 1 o\nDEL 2 t\nDEL 3 t\nDEL 4 f\nCLOSE\n', { 'a.ndb': '' }],
  [
    'changes out of order, by the numbers at OPEN',
    'OPEN a.ndb\nADD five\nXCHG 4 f FOUR\nDEL 1 one\nCLOSE\n',
    { 'a.ndb': 'two\nthree\nFOUR\nfive\n' },
  ],
  ['a member that is new', 'OPEN b.hdb\nADD x\nCLOSE\n', { ...abc, 'b.hdb': 'x\n' }],
  ['a member that goes', 'UNLINK a.ndb\n', {}],
  [
    'a member twice',
    'OPEN a.ndb\nDEL 1 one\nCLOSE\nOPEN a.ndb\nDEL 1 two\nCLOSE\n',
    { 'a.ndb': 'three\nfour\n' },
  ],
  [
    'lines moved to a new member',
    'MOVE a.ndb b.ndb 2 tw 3 three\n',
    { 'a.ndb': 'one\nfour\n', 'b.ndb': 'two\nthree\n' },
  ],
  ['one line moved', 'MOVE a.ndb b.ndb 4 fo 4 four\n', { 'a.ndb': 'one\ntwo\nthree\n', 'b.ndb': 'four\n' }],
  [
    'lines that end as on Windows',
    'OPEN a.ndb\r\nADD five\r\nCLOSE\r\n',
    { 'a.ndb': `${abc['a.ndb']}five\n` },
  ],
  ['no line end at its own end', 'OPEN a.ndb\nADD five\nCLOSE', { 'a.ndb': `${abc['a.ndb']}five\n` }],
  [
    'bytes that are no text',
    'OPEN a.ndb\nXCHG 1 one \xff\x80\nADD \xe9\nCLOSE\n',
    { 'a.ndb': '\xff\x80\ntwo\nthree\nfour\n\xe9\n' },
  ],
]

describe('a patch carries out', () => {
  it.each(honest)('%s', async (_what, script, after) => {
    expect(await patched(abc, script)).toEqual(after)
  })

  it('lines moved to the end of another member', async () => {
    const files = { ...abc, 'b.ndb': 'b\n' }
    const after = { 'a.ndb': 'four\n', 'b.ndb': 'b\none\ntwo\nthree\n' }
    expect(await patched(files, 'MOVE a.ndb b.ndb 1 one 3 three\n')).toEqual(after)
  })

  it('a last line without line end', async () => {
    expect(await patched({ a: 'x\ny' }, 'OPEN a\nDEL 2 y\nCLOSE\n')).toEqual({ a: 'x\n' })
    expect(await patched({ a: 'x\ny' }, 'OPEN a\nXCHG 2 y z\nCLOSE\n')).toEqual({ a: 'x\nz\n' })
    expect(await patched({ a: 'x\ny' }, 'OPEN a\nDEL 1 x\nCLOSE\n')).toEqual({ a: 'y' })
  })

  it('more added lines than stay in memory, and lines across the pieces of a file', async () => {
    const line = (number: number) => `${number}:${'x'.repeat(number % 97)}`
    const lines = Array.from({ length: 60_000 }, (_, index) => line(index + 1))
    const added = Array.from({ length: 30_000 }, (_, index) => `new ${line(index)}`)
    const gone = (index: number) => (index + 1) % 1000 === 0
    const script = [
      'OPEN a.ndb',
      ...added.map((text) => `ADD ${text}`),
      ...lines.flatMap((text, index) => (gone(index) ? [`DEL ${index + 1} ${text}`] : [])),
      'CLOSE\n',
    ].join('\n')
    const after = [...lines.filter((_, index) => !gone(index)), ...added, ''].join('\n')
    expect(Buffer.byteLength(after)).toBeGreaterThan(2 * limits.databaseAdditions)
    expect(await patched({ 'a.ndb': `${lines.join('\n')}\n` }, script)).toEqual({ 'a.ndb': after })
  })

  it('any edits as a plain reading of the rules does', async () => {
    const lineOf = fc.stringMatching(/^[a-z]{1,5}$/)
    const editOf = fc.option(fc.record({ text: fc.option(lineOf), whole: fc.boolean() }), { freq: 2 })
    const cases = fc.record({
      lines: fc.array(fc.tuple(lineOf, editOf), { maxLength: 30 }),
      added: fc.array(lineOf, { maxLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(cases, async ({ lines, added }) => {
        const commands = lines.flatMap(([line, edit], index) => {
          if (!edit) return []
          const begin = edit.whole ? line : line.slice(0, 1)
          return [
            edit.text === null ? `DEL ${index + 1} ${begin}` : `XCHG ${index + 1} ${begin} ${edit.text}`,
          ]
        })
        const kept = lines.flatMap(([line, edit]) => {
          if (!edit) return [line]
          return edit.text === null ? [] : [edit.text]
        })
        const script = ['OPEN a', ...commands.reverse(), ...added.map((text) => `ADD ${text}`), 'CLOSE', '']
        const before = lines.map(([line]) => `${line}\n`).join('')
        const after = [...kept, ...added].map((line) => `${line}\n`).join('')
        expect(await patched({ a: before }, script.join('\n'))).toEqual({ a: after })
      }),
      { numRuns: 60 },
    )
  })
})

const inA = (...commands: string[]) => ['OPEN a.ndb', ...commands, 'CLOSE', ''].join('\n')

const hostile: readonly [what: string, script: string, code: string][] = [
  ['OPEN of a path', 'OPEN ../a.ndb\nADD x\nCLOSE\n', 'ARCHIVE_NAME_ESCAPES'],
  ['OPEN of an absolute path', 'OPEN /tmp/x\nADD x\nCLOSE\n', 'ARCHIVE_NAME_ABSOLUTE'],
  ['OPEN of a file in a folder', 'OPEN x/y\nADD x\nCLOSE\n', 'ARCHIVE_NAME_INVALID'],
  ['OPEN of a path of Windows', 'OPEN x\\y\nADD x\nCLOSE\n', 'ARCHIVE_NAME_BACKSLASH'],
  ['OPEN of nothing', 'OPEN \nADD x\nCLOSE\n', 'ARCHIVE_NAME_INVALID'],
  ['OPEN of a name with a NUL', 'OPEN a.ndb\0\nADD x\nCLOSE\n', 'ARCHIVE_NAME_CONTROL'],
  ['OPEN of a file of our own', 'OPEN a.ndb+new\nADD x\nCLOSE\n', 'ARCHIVE_NAME_INVALID'],
  ['UNLINK of a path', 'UNLINK ../x\n', 'ARCHIVE_NAME_ESCAPES'],
  ['UNLINK of what is not there', 'UNLINK b.ndb\n', 'ARCHIVE_CORRUPT'],
  ['UNLINK while a member is open', 'OPEN a.ndb\nUNLINK a.ndb\nCLOSE\n', 'ARCHIVE_CORRUPT'],
  ['MOVE from a path', 'MOVE ../a.ndb b.ndb 1 o 1 o\n', 'ARCHIVE_NAME_ESCAPES'],
  ['MOVE to a path', 'MOVE a.ndb ../b.ndb 1 o 1 o\n', 'ARCHIVE_NAME_ESCAPES'],
  ['MOVE to an absolute path', 'MOVE a.ndb /tmp/b.ndb 1 o 1 o\n', 'ARCHIVE_NAME_ABSOLUTE'],
  ['MOVE into itself', 'MOVE a.ndb a.ndb 1 o 1 o\n', 'ARCHIVE_CORRUPT'],
  ['MOVE from what is not there', 'MOVE c.ndb b.ndb 1 o 1 o\n', 'ARCHIVE_CORRUPT'],
  ['MOVE of lines in wrong order', 'MOVE a.ndb b.ndb 3 three 2 two\n', 'ARCHIVE_CORRUPT'],
  ['MOVE of a wrong first line', 'MOVE a.ndb b.ndb 2 x 3 three\n', 'ARCHIVE_CORRUPT'],
  ['MOVE of a wrong last line', 'MOVE a.ndb b.ndb 2 two 3 x\n', 'ARCHIVE_CORRUPT'],
  ['MOVE of more lines than there are', 'MOVE a.ndb b.ndb 2 two 9 x\n', 'ARCHIVE_CORRUPT'],
  ['MOVE while a member is open', 'OPEN a.ndb\nMOVE a.ndb b.ndb 1 o 1 o\nCLOSE\n', 'ARCHIVE_CORRUPT'],
  ['DEL of a wrong prefix', inA('DEL 2 one'), 'ARCHIVE_CORRUPT'],
  ['DEL of a prefix longer than the line', inA('DEL 2 two and more'), 'ARCHIVE_CORRUPT'],
  ['DEL of a line beyond the end', inA('DEL 5 x'), 'ARCHIVE_CORRUPT'],
  ['DEL of a line that is only being added', inA('ADD five', 'DEL 5 five'), 'ARCHIVE_CORRUPT'],
  ['DEL of line 0', inA('DEL 0 one'), 'ARCHIVE_CORRUPT'],
  ['DEL of a line below 0', inA('DEL -1 one'), 'ARCHIVE_CORRUPT'],
  ['DEL of a line that is no number', inA('DEL 1e0 one'), 'ARCHIVE_CORRUPT'],
  ['DEL without a prefix', inA('DEL 1'), 'ARCHIVE_CORRUPT'],
  ['DEL of a line twice', inA('DEL 1 one', 'DEL 1 one'), 'ARCHIVE_CORRUPT'],
  ['DEL and XCHG of one line', inA('XCHG 1 one x', 'DEL 1 one'), 'ARCHIVE_CORRUPT'],
  ['DEL in a member that is not there', 'OPEN c.ndb\nDEL 1 x\nCLOSE\n', 'ARCHIVE_CORRUPT'],
  ['XCHG of a wrong prefix', inA('XCHG 2 one x'), 'ARCHIVE_CORRUPT'],
  ['XCHG beyond the end', inA('XCHG 9 one x'), 'ARCHIVE_CORRUPT'],
  ['XCHG without a new line', inA('XCHG 1 one'), 'ARCHIVE_CORRUPT'],
  ['one edit that fits, one that does not', inA('DEL 1 one', 'DEL 3 one'), 'ARCHIVE_CORRUPT'],
  ['ADD of nothing', inA('ADD '), 'ARCHIVE_CORRUPT'],
  ['ADD with nothing open', 'ADD x\n', 'ARCHIVE_CORRUPT'],
  ['CLOSE with nothing open', 'CLOSE\n', 'ARCHIVE_CORRUPT'],
  ['OPEN while a member is open', 'OPEN a.ndb\nOPEN a.ndb\nCLOSE\n', 'ARCHIVE_CORRUPT'],
  ['no CLOSE', 'OPEN a.ndb\nADD x\n', 'ARCHIVE_CORRUPT'],
  ['an unknown command', 'EXEC rm\n', 'ARCHIVE_CORRUPT'],
  ['a command in small letters', 'open a.ndb\n', 'ARCHIVE_CORRUPT'],
  [
    'members written anew without end',
    'OPEN a.ndb\nXCHG 1 o one\nCLOSE\n'.repeat(limits.databaseRewrites + 1),
    'ARCHIVE_BOMB_TOTAL',
  ],
  [
    'more changes than are kept in memory',
    inA(Array.from({ length: limits.databaseEditsCount + 1 }, (_, i) => `DEL ${i + 1} x`).join('\n')),
    'ARCHIVE_BOMB_TOTAL',
  ],
]

describe('a patch that is signed is refused for', () => {
  it.each(hostile)('%s', async (_what, script, code) => {
    const directory = folderOf(abc)
    expect(await verdict(() => applyPatch(patchOf(script), directory, options))).toBe(code)
    expect(readdirSync(join(directory, '..'))).toEqual(['database'])
  })

  const script = inA('ADD x')
  const packed = gzipSync(script)
  const huge = gzipSync(inA(`ADD ${'x'.repeat(12_000_000)}`))

  it.each([
    ['a script shorter than announced', { packed, scriptBytes: script.length + 1 }, 'ARCHIVE_CORRUPT'],
    ['a script longer than announced', { packed, scriptBytes: script.length - 1 }, 'ARCHIVE_CORRUPT'],
    ['a bomb behind a small number', { packed: huge, scriptBytes: 100 }, 'ARCHIVE_CORRUPT'],
    ['a bomb behind an honest number', { packed: huge, scriptBytes: 12_000_022 }, 'ARCHIVE_BOMB_RATIO'],
    ['a packed script that is cut off', { packed: packed.subarray(0, 15) }, 'ARCHIVE_CORRUPT'],
    [
      'bytes behind the packed script',
      { packed: Buffer.concat([packed, Buffer.from('more')]) },
      'ARCHIVE_TRAILING',
    ],
    ['no packed script at all', { packed: Buffer.from(script) }, 'ARCHIVE_CORRUPT'],
  ])('%s', async (_what, changes, code) => {
    const patch = { ...patchOf(script), ...changes }
    expect(await verdict(() => applyPatch(patch, folderOf(abc), options))).toBe(code)
  })

  it('an added line longer than any', async () => {
    // Bytes that do not pack, so that the line is refused for its length and for nothing before it.
    let seed = 1
    const noise = Buffer.from(
      Array.from({ length: limits.databaseCommand + 1024 * 1024 }, () => {
        seed = (seed * 1103515245 + 12345) % 2147483648
        return 0x30 + ((seed >> 16) % 64)
      }),
    ).toString('latin1')
    const patch = patchOf(inA(`ADD ${noise}`))
    expect(await verdict(() => applyPatch(patch, folderOf(abc), options))).toBe('ARCHIVE_CORRUPT')
  })

  it('a signal', async () => {
    const stopped = { ...options, signal: AbortSignal.abort() }
    const patch = patchOf(inA('DEL 1 one'))
    expect(await verdict(() => applyPatch(patch, folderOf(abc), stopped))).toBe('INTERRUPTED')
  })
})

it('a script with ends of lines without end takes no time', async () => {
  const script = `# ${'\r'.repeat(80_000)}x\r\r\nUNLINK a.ndb\r\r\n`
  const time = await processorTime(async () => expect(await patched(abc, script)).toEqual({}))
  expect(time).toBeLessThan(1000)
})
