import { describe, expect, it, vi } from 'vitest'
import { openPrinter, paintLine } from '../../src/cli/console.ts'
import { openEnvironment } from '../../src/cli/environment.ts'
import { colorLevel, type GlobalOptions } from '../../src/cli/global-options.ts'
import { openPaint } from '../../src/cli/output.ts'
import type { Note, Progress, Report } from '../../src/event/report.ts'

const plain: GlobalOptions = {
  config: null,
  family: null,
  json: false,
  quiet: false,
  verbose: false,
  color: true,
}
const paint = await openPaint(0)
const MiB = 1024 * 1024

function open(globals: Partial<GlobalOptions> = {}, terminal = false, columns = 200) {
  const writes: string[] = []
  let time = 0
  const world = openEnvironment({
    stderr: { write: (text) => writes.push(text), isTTY: terminal, columns },
    env: { TERM: 'xterm' },
    now: () => new Date(time),
  })
  const printer = openPrinter(world, { ...plain, ...globals }, paint)
  return { printer, writes, at: (milliseconds: number) => (time = milliseconds) }
}

const note = (level: Note['level']): Note => ({ type: 'note', level, text: `a ${level}` })
const progress = (done: number, total: number | null = 100 * MiB): Progress => ({
  type: 'progress',
  step: 'fetch',
  subject: 'p.zip',
  done,
  total,
})
const event: Report = {
  type: 'event',
  event: {
    time: '',
    id: 1005,
    name: 'package.refused',
    level: 'error',
    message: 'refused',
    set: null,
    path: null,
    source: null,
    errorCode: null,
  },
}

describe('the console', () => {
  it.each<[Partial<GlobalOptions>, number]>([
    [{}, 3],
    [{ quiet: true }, 2],
    [{ verbose: true }, 4],
    [{ json: true }, 3],
  ])('with %j prints %i of four reports', (globals, lines) => {
    const { printer, writes } = open(globals)
    for (const report of [note('debug'), note('information'), note('warning'), event]) printer.listen(report)
    expect(writes).toHaveLength(lines)
    expect(writes.join('')).toContain('event 1005')
  })

  it('makes reports harmless', () => {
    const { printer, writes } = open()
    printer.listen({ ...note('warning'), text: 'x\u001b[2J\nerror: forged' })
    expect(writes.join('')).toMatch(/^[^\u001b\n]*\n$/)
  })
})

describe('progress', () => {
  it.each<[Partial<GlobalOptions>, boolean]>([
    [{}, false],
    [{ quiet: true }, true],
    [{ json: true }, true],
  ])('with %j is not drawn (terminal: %s)', (globals, terminal) => {
    const { printer, writes } = open(globals, terminal)
    printer.listen(progress(1))
    printer.finish()
    expect(writes).toEqual([])
  })

  it('is redrawn ten times a second at most', () => {
    const { printer, writes, at } = open({}, true)
    for (let time = 0; time < 1000; time += 10) {
      at(time)
      printer.listen(progress(time))
    }
    expect(writes).toHaveLength(10)
  })

  it('tells share, speed of this run and time left', () => {
    const { printer, writes, at } = open({}, true)
    printer.listen(progress(20 * MiB))
    at(2000)
    printer.listen(progress(40 * MiB))
    const line = writes.at(-1)
    for (const part of ['p.zip', '40 %', '10.0 MiB/s', '6 s left']) expect(line).toContain(part)
  })

  it('of an unknown size tells what has come', () => {
    const { printer, writes } = open({}, true)
    printer.listen(progress(3 * MiB, null))
    expect(writes.at(-1)).toContain('3.0 MiB')
    expect(writes.at(-1)).not.toContain('%')
  })

  it('makes way for a line, fits its terminal, and is gone in the end', () => {
    const { printer, writes } = open({}, true, 30)
    printer.listen({ ...progress(1), subject: `\u001b[31m${'x'.repeat(300)}` })
    expect(writes[0]?.replace('\r\u001b[K', '').length).toBeLessThan(30)
    printer.listen(note('warning'))
    expect(writes.slice(1)).toEqual(['\r\u001b[K', 'warning: a warning\n'])
    printer.listen(progress(2))
    printer.finish()
    printer.finish()
    expect(writes.slice(4)).toEqual(['\r\u001b[K'])
  })
})

describe('a stage', () => {
  const stage: Report = {
    type: 'stage',
    text: 'checking 20261121.003 with the engine',
    waits: 'clamscan loads it, 300 s at most',
  }

  it('says on a terminal what is waited for, goes on counting, and makes way for what comes next', async () => {
    vi.useFakeTimers()
    try {
      const { printer, writes, at } = open({}, true)
      printer.listen(stage)
      expect(writes.at(-1)).toContain(
        'checking 20261121.003 with the engine: clamscan loads it, 300 s at most',
      )
      at(2000)
      vi.advanceTimersByTime(1000)
      expect(writes.at(-1)).toMatch(/at most {2}2 s$/)
      printer.listen(note('debug'))
      expect(writes.at(-1)).toBe('\r\u001b[K')
      const drawn = writes.length
      vi.advanceTimersByTime(5000)
      expect(writes).toHaveLength(drawn)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each<[Partial<GlobalOptions>, boolean]>([
    [{}, false],
    [{ quiet: true }, true],
    [{ json: true }, true],
  ])('with %j is not shown (terminal: %s)', (globals, terminal) => {
    const { printer, writes } = open(globals, terminal)
    printer.listen(stage)
    printer.finish()
    expect(writes).toEqual([])
  })
})

describe('colours', () => {
  it.each<[Partial<GlobalOptions>, Record<string, string>, boolean, number]>([
    [{}, {}, true, 1],
    [{}, {}, false, 0],
    [{}, { NO_COLOR: '1' }, true, 0],
    [{}, { NO_COLOR: '' }, true, 1],
    [{}, { FORCE_COLOR: '1' }, false, 1],
    [{}, { FORCE_COLOR: '0' }, true, 0],
    [{}, { TERM: 'dumb' }, true, 0],
    [{ color: false }, { FORCE_COLOR: '1' }, true, 0],
    [{ json: true }, { FORCE_COLOR: '1' }, true, 0],
  ])('with %j and %j on a terminal (%s) have level %i', (globals, env, terminal, level) => {
    expect(colorLevel({ ...plain, ...globals }, env, terminal)).toBe(level)
  })

  it('follow the tone of a line', async () => {
    const painted = paintLine({ text: 'stale', tone: 'warning' }, await openPaint(1))
    expect(painted).toBe('\u001b[33mstale\u001b[39m')
  })
})
