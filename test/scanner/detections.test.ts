import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endOfLog, openDetections } from '../../src/scanner/detections.ts'

let folder: string
let log: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-log-'))
  log = join(folder, 'clamd.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const found = 'Sat Nov 21 06:00:00 2026 -> /mail/1: Test.Name FOUND\n'

describe('the detections of a log', () => {
  it('are those it gained, lines that came in pieces included, without our own canaries', async () => {
    writeFileSync(log, found.repeat(5))
    const count = openDetections(log, await endOfLog(log), 100)
    expect(await count()).toBe(0)
    appendFileSync(
      log,
      `${found}stream: OK\ninstream(local): Defs.Canary.20261121-001.UNOFFICIAL FOUND\n/mail/2: FO`,
    )
    expect(await count()).toBe(1)
    appendFileSync(log, 'UND is no name\n/mail/3: Test.Name FOU')
    expect(await count()).toBe(1)
    appendFileSync(log, `ND\r\n${found}`)
    expect(await count()).toBe(3)
  })

  it('go on in a log that was rotated, cut or came later', async () => {
    const count = openDetections(log, await endOfLog(log), 100)
    expect(await count()).toBe(0)
    writeFileSync(log, found.repeat(3))
    expect(await count()).toBe(3)
    renameSync(log, `${log}.1`)
    expect(await count()).toBe(3)
    writeFileSync(log, found.repeat(2))
    expect(await count()).toBe(5)
    truncateSync(log)
    expect(await count()).toBe(5)
    appendFileSync(log, found)
    expect(await count()).toBe(6)
  })

  it('are counted no further than needed, however much the log gains', async () => {
    writeFileSync(log, `${'x'.repeat(1_000_000)}\n${found.repeat(100_000)}`)
    const count = openDetections(log, null, 10)
    const many = await count()
    expect(many).toBeGreaterThan(10)
    expect(many).toBeLessThan(5_000)
    expect(await openDetections(folder, null, 10)()).toBe(0)
  })
})
