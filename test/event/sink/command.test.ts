import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCommand } from '../../../src/event/sink/command.ts'
import { journalFields } from '../../../src/event/sink/journald.ts'
import { eventCreate, openWindowsEventLog } from '../../../src/event/sink/windows-event-log.ts'
import { common, eventAt, type Folder, makeFolder, never, soon, world } from './world.ts'

let folder: Folder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder.remove())

const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args]
const program = (argv: readonly string[], timeout = 20_000, env = {}) =>
  openCommand({ kind: 'command', ...common, argv, timeout }, { ...world, env: { ...process.env, ...env } })
const failed = expect.objectContaining({ code: 'SINK_FAILED' })

describe('a program as a sink', () => {
  it('finds the event in its environment and nothing else of ours', async () => {
    const out = join(folder.path, 'out.json')
    const event = eventAt(0, { message: '$(touch x); "\n\u0000é', set: '20261121.003' as never })
    const write = `require('fs').writeFileSync(process.argv[1], JSON.stringify([process.env, process.argv.slice(2)]))`
    const env = { DEFS_SMTP_PASSWORD: 's3cret', OTHER: 'stays' }
    await program(node(write, out, 'a b', '$HOME'), 20_000, env).deliver([event], never)
    const [seen, args] = JSON.parse(readFileSync(out, 'utf8'))
    expect(seen).toMatchObject({
      OTHER: 'stays',
      DEFS_EVENT_ID: '1000',
      DEFS_EVENT_NAME: 'update.failed',
      DEFS_EVENT_LEVEL: 'error',
      DEFS_EVENT_MESSAGE: '$(touch x); "\n é',
      DEFS_EVENT_SET: '20261121.003',
    })
    expect(JSON.parse(seen.DEFS_EVENT_JSON)).toEqual(event)
    expect(Object.keys(seen).filter((name) => name.startsWith('DEFS_'))).toHaveLength(6)
    expect(args).toEqual(['a b', '$HOME'])
  })

  it('fails by its status, and when it is not there', async () => {
    await expect(program(node('process.exit(3)')).deliver([eventAt(0)], never)).rejects.toEqual(failed)
    await expect(program(['/nowhere/program']).deliver([eventAt(0)], never)).rejects.toEqual(failed)
  })

  it.skipIf(process.platform === 'win32')(
    'is ended with all its children when its time is over',
    async () => {
      const pid = join(folder.path, 'pid')
      const script = join(folder.path, 'hang.sh')
      writeFileSync(
        script,
        `trap '' TERM\nsleep 600 & echo $! > '${pid}.tmp'; mv '${pid}.tmp' '${pid}'\nwait\nwait\n`,
      )
      const ended = program(['sh', script], 1500).deliver([eventAt(0)], never)
      await expect(ended).rejects.toEqual(failed)
      expect(existsSync(pid)).toBe(true)
      const state = `/proc/${readFileSync(pid, 'utf8').trim()}/stat`
      // The kernel ends a killed process in its own time; a zombie that nobody has collected yet is as dead.
      await vi.waitFor(() => {
        if (existsSync(state)) expect(readFileSync(state, 'utf8')).toMatch(/\) [ZX] /)
      }, 10_000)
    },
  )

  it('is ended by the signal', async () => {
    await expect(program(node('setInterval(() => 0, 1000)')).deliver([eventAt(0)], soon())).rejects.toEqual(
      failed,
    )
  })

  it('may print as much as it likes', async () => {
    await program(node(`process.stdout.write('x'.repeat(5_000_000))`)).deliver([eventAt(0)], never)
  })
})

describe('journald', () => {
  it('is given a field a line, whatever an event says', () => {
    const event = eventAt(0, { message: 'a\nPRIORITY=0\r\nb', source: 'rapid', set: '20261121.003' as never })
    const lines = journalFields(event, 'defs').trimEnd().split('\n')
    const fields = Object.fromEntries(lines.map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')]))
    expect(Object.keys(fields)).toHaveLength(lines.length)
    expect(fields).toMatchObject({
      MESSAGE: 'a PRIORITY=0 b',
      PRIORITY: '3',
      SYSLOG_IDENTIFIER: 'defs',
      DEFS_ID: '1000',
      DEFS_SET: '20261121.003',
      DEFS_CODE: 'FETCH_SIZE',
    })
    expect(fields['MESSAGE_ID']).toMatch(/^[0-9a-f]{32}$/)
    expect(journalFields(eventAt(1), 'defs')).toContain(`MESSAGE_ID=${fields['MESSAGE_ID']}\n`)
  })

  it('is given no value that journalctl -o json shows as null (4,096 bytes with the name)', () => {
    const event = eventAt(0, { message: 'ä'.repeat(10_000), path: `/${'x'.repeat(5000)}` })
    const sizes = journalFields(event, 'defs')
      .trimEnd()
      .split('\n')
      .map((line) => Buffer.byteLength(line))
    expect(Math.max(...sizes)).toBeLessThan(4096)
    expect(sizes.filter((size) => size > 3900)).toHaveLength(2)
  })
})

describe('the Windows event log', () => {
  it('is written with numbers it takes', () => {
    const argv = (event: ReturnType<typeof eventAt>) => eventCreate(event, 'defs')
    const updated = argv(eventAt(0, { errorCode: null }, 'definitions.updated'))
    expect(updated.slice(0, 7)).toEqual([
      'eventcreate.exe',
      '/L',
      'APPLICATION',
      '/T',
      'INFORMATION',
      '/ID',
      '30',
    ])
    expect(updated.at(-1)).toBe('Virus Definitions Update was successful')
    const own = argv(eventAt(0, {}, 'update.interrupted'))
    expect(own.slice(4, 7)).toEqual(['WARNING', '/ID', '1000'])
    expect(own.at(-1)).toContain('1010')
  })

  it.skipIf(process.platform === 'win32')('is no sink on other systems', async () => {
    const sink = openWindowsEventLog({ kind: 'windows-event-log', ...common }, world)
    await expect(sink.deliver([eventAt(0)], never)).rejects.toEqual(failed)
  })
})
