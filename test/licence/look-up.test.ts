import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lookUpLicence } from '../../src/licence/look-up.ts'
import { limits } from '../../src/limits.ts'
import { licenceXml } from './slf.ts'

let folder = ''
const now = new Date('2026-01-01T00:00:00Z')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'defs-licence-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function look(content: string | Buffer, required = true) {
  const file = join(folder, 'licence.slf')
  await writeFile(file, content)
  return lookUpLicence({ file, required, product: null }, now)
}

describe('lookUpLicence', () => {
  it('reads UTF-8 with and without mark, UTF-16 and a declared encoding', async () => {
    const text = licenceXml({ name: 'Société' })
    const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1')
    const contents = [text, `\uFEFF${text}`, Buffer.from(`\uFEFF${text}`, 'utf16le'), latin]
    for (const content of contents) {
      expect(await look(content)).toMatchObject({ state: 'valid', product: 'Société' })
    }
  })

  it.each([
    ['an empty file', ''],
    ['no XML', 'hello'],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])],
    ['an unknown encoding', '<?xml version="1.0" encoding="klingon"?><a/>'],
    ['more than the limit', ' '.repeat(limits.licence + 1)],
  ])('is not licensed with %s', async (_, content) => {
    const state = await look(content)
    expect(state.state).toBe('not licensed')
    expect(state.reason).toContain('licence.slf')
    expect((await look(content, false)).state).toBe('not required')
  })

  it('is not licensed without a file, with a missing one and with a folder', async () => {
    for (const file of [null, join(folder, 'absent.slf'), folder]) {
      const state = await lookUpLicence({ file, required: true, product: null }, now)
      expect(state.state).toBe('not licensed')
      expect(state.reason).not.toBeNull()
      expect((await lookUpLicence({ file, required: false, product: null }, now)).state).toBe('not required')
    }
  })

  it('does not take the beginning of a longer file for the whole', async () => {
    // Past the limit in bytes but not in characters, and cut between two spaces still XML.
    const wide = (length: number) => `${licenceXml()}<!--${'\u3000'.repeat(length)}-->${' '.repeat(3000)}`
    const near = Math.floor((limits.licence - 1000) / 3)
    expect((await look(wide(near))).state).toBe('not licensed')
    expect((await look(wide(near - 1000))).state).toBe('valid')
  })

  it.skipIf(process.platform === 'win32')('waits for no pipe and reads no device', async () => {
    const pipe = join(folder, 'pipe.slf')
    execFileSync('mkfifo', [pipe])
    for (const file of [pipe, '/dev/zero']) {
      const state = await lookUpLicence({ file, required: true, product: null }, now)
      expect(state.state).toBe('not licensed')
      expect(state.reason).toContain('regular file')
    }
  })
})
