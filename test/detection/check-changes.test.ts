import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayFollow } from '../../src/detection/check-changes.ts'
import { checkList, whyNot } from '../../src/detection/check-list.ts'

async function* piecesOf(text: string, size = 100_000): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const lineOf = (index: number) => `${String(index).padStart(32, '0')}:${index + 1}:Some.Name-${index}`
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
const lines = Array.from({ length: 3000 }, (_, index) => lineOf(index))
const list = textOf(lines)

async function answerTo(after: string, shrink = 50, file = 'x.hdb', before = list) {
  return mayFollow(file, piecesOf(before), piecesOf(after), shrink)
}

describe('what differs from the last good copy of a list', () => {
  it('is enough to take a list that gained, lost and changed a few lines', async () => {
    const after = [...lines.slice(0, 500), lineOf(9001), ...lines.slice(501, 900), ...lines.slice(950)]
    expect(await answerTo(textOf([...after, '# made at noon', lineOf(9002)]))).toBe(true)
    expect(await answerTo(list)).toBe(true)
  })

  it.each([
    '<html><body>denied</body></html>',
    '',
    `${lineOf(7).slice(1)}`,
    `${lineOf(7)} `.replace(':8:', ':0:'),
  ])('does not take a line that the engine would not load: %j', async (line) => {
    expect(await answerTo(`${list}${line}\n`)).toBe(false)
    expect(await answerTo(`${line}\n${list}`)).toBe(false)
  })

  it('does not take one that lacks more than it may, and any loss where it may lack any part', async () => {
    const third = textOf(lines.filter((_, index) => index % 30 !== 0))
    expect(await answerTo(third, 3)).toBe(false)
    expect(await answerTo(third, 4)).toBe(true)
    expect(await answerTo(third, 0)).toBe(true)
    expect(await answerTo('', 0)).toBe(false)
  })

  it('does not tell of lines without a known form, of short lists, and of what is for other engines', async () => {
    expect(await answerTo(list, 50, 'x.cdb')).toBe(false)
    expect(await answerTo(list, 50, 'x.yar')).toBe(false)
    const few = textOf(lines.slice(0, 5))
    expect(await answerTo(few + few, 50, 'x.hdb', few)).toBe(false)
    const others = textOf(lines.map((line) => `${line}:230`))
    expect(await answerTo(others, 50, 'x.hdb', others)).toBe(false)
    expect(await answerTo(`${others}${lineOf(1)}:73\n`, 50, 'x.hdb', others)).toBe(true)
  })

  it('does not tell of a list that differs from end to end', async () => {
    const [one, other] = [0, 50_000].map((from) =>
      textOf(Array.from({ length: 20_000 }, (_, index) => lineOf(from + index))),
    )
    expect(await answerTo(other ?? '', 50, 'x.hdb', one)).toBe(false)
    expect(await answerTo(one ?? '', 50, 'x.hdb', one)).toBe(true)
  })

  it('never takes what a look at all of the list refuses', async () => {
    const seen = { true: 0, false: 0 }
    const line = fc.constantFrom(...lines.slice(0, 14), '', '# comment', 'no signature', `${lineOf(3)}:230`)
    const change = fc.array(line, { maxLength: 12 })
    const cut = fc.integer({ min: 0, max: 40 })
    await fc.assert(
      fc.asyncProperty(
        change,
        cut,
        cut,
        fc.integer({ min: 0, max: 60 }),
        async (put, at, without, shrink) => {
          const before = textOf(lines.slice(0, 40))
          const after = textOf([...lines.slice(0, at), ...put, ...lines.slice(at + without, 40)])
          const taken = await answerTo(after, shrink, 'x.hdb', before)
          seen[`${taken}`] += 1
          if (!taken) return
          const [old, fresh] = [
            await checkList('x.hdb', piecesOf(before), true),
            await checkList('x.hdb', piecesOf(after)),
          ]
          expect(whyNot(fresh, old, shrink)).toBeNull()
          expect(fresh.anyVersion).toBe(true)
        },
      ),
      { numRuns: 400 },
    )
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(20)
  })
})
