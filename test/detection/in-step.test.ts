import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inStep } from '../../src/detection/in-step.ts'
import { Rendezvous } from '../../src/detection/rendezvous.ts'

async function* piecesOf(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function compare(before: string, after: string, size = 7) {
  const told = { both: '', before: '', after: '' }
  const into = (what: keyof typeof told) => (bytes: Buffer, from: number, to: number) => {
    told[what] += bytes.toString('latin1', from, to)
  }
  await inStep(piecesOf(before, size), piecesOf(after, size), {
    both: into('both'),
    before: into('before'),
    after: into('after'),
  })
  return told
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

describe('two lists read beside each other', () => {
  it('tell every line of either, and as of both only what is in both in one order', async () => {
    const line = fc.constantFrom('a', 'b', 'bb', 'c:1', 'c:12', '', 'long enough to span pieces')
    const list = fc.array(line, { maxLength: 12 })
    const ending = fc.constantFrom('\n', '')
    await fc.assert(
      fc.asyncProperty(list, list, ending, fc.integer({ min: 1, max: 40 }), async (one, other, end, size) => {
        const [before, after] = [one, other].map((lines) =>
          lines.length === 0 ? '' : `${lines.join('\n')}${end}`,
        )
        const told = await compare(before ?? '', after ?? '', size)
        const count = (text: string) => linesOf(text.endsWith('\n') || text === '' ? text : `${text}\n`)
        const sorted = (...lists: string[][]) => lists.flat().sort()
        expect(sorted(count(told.both), count(told.before))).toEqual(sorted(count(before ?? '')))
        expect(sorted(count(told.both), count(told.after))).toEqual(sorted(count(after ?? '')))
      }),
      { numRuns: 400 },
    )
  })

  it('meet again behind lines that came, went and changed, many of them as well', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${index}:signature number ${index}\n`)
    const fresh = Array.from({ length: 9000 }, (_, index) => `new ${index}\n`)
    const after = [
      ...lines.slice(0, 100),
      ...fresh,
      'changed\n',
      ...lines.slice(101, 200),
      ...lines.slice(300),
    ]
    const told = await compare(lines.join(''), after.join(''), 100_000)
    expect(linesOf(told.before)).toHaveLength(101)
    expect(linesOf(told.after)).toHaveLength(9001)
    expect(linesOf(told.both)).toHaveLength(lines.length - 101)
  })

  it('take a line that is longer than what is looked at together', async () => {
    const long = `${'x'.repeat(3 << 20)}\n`
    const told = await compare(`a\n${long}b\n`, `a\n${long}c\n`, 1 << 18)
    expect([told.before, told.after, told.both.length]).toEqual(['b\n', 'c\n', long.length + 2])
  })
})

describe('two readers that can only go forward', () => {
  const nothing = piecesOf('', 1)

  it('meet at what both come to, in whatever order they do, and wait for nobody in vain', async () => {
    const order = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(order, order, async (one, other) => {
        const meeting = new Rendezvous()
        const seen: string[] = []
        const go = async (side: number, keys: readonly string[]) => {
          for (const key of keys) {
            const met = await meeting.come(side, key, nothing)
            if (met.how === 'both') met.release()
            seen.push(`${key} ${met.how}`)
          }
          meeting.end(side)
        }
        await Promise.all([go(0, one), go(1, other)])
        expect(seen).toHaveLength(one.length + other.length)
        const how = (wanted: string) => seen.filter((text) => text.endsWith(wanted)).sort()
        expect(how('both').length).toBe(how('read').length)
        if (one.join() === other.join()) expect(how('both').length).toBe(one.length)
      }),
    )
  })

  it('hand a failure on to the one who waits', async () => {
    const meeting = new Rendezvous()
    const waiting = meeting.come(0, 'a', nothing)
    const met = await meeting.come(1, 'a', nothing)
    if (met.how === 'both') met.release(new Error('cut off'))
    await expect(waiting).rejects.toThrow('cut off')
  })
})
