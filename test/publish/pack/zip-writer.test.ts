import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPackage } from '../../../src/archive/open.ts'
import { options } from '../../../src/config/options/main.ts'
import { limits } from '../../../src/limits.ts'
import { writeZip } from '../../../src/publish/pack/zip-writer.ts'
import { quickContext } from '../../support/fetching.ts'
import { noise as noiseOf } from '../../support/noise.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-zip-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const contents: readonly (readonly [string, Uint8Array])[] = [
  ['EMPTY.DAT', new Uint8Array()],
  ['TEXT.DAT', Buffer.from('harmless '.repeat(5000))],
  ['NOISE.DAT', noiseOf(300_000)],
  ['Größe.txt', Buffer.from('a name beyond ASCII')],
  ['deep/er/FILE.DAT', Buffer.from('in folders')],
]

async function pack(name = 'out.zip', members = contents): Promise<string> {
  const path = join(directory, name)
  await writeZip(
    path,
    members.map(([inside, content]) => ({ name: inside, content })),
  )
  return path
}

async function unpack(path: string) {
  const target = join(directory, 'opened')
  mkdirSync(target)
  const opened = await openPackage(path, target, {
    limits,
    algorithms: [],
    context: quickContext(),
    signal: new AbortController().signal,
  })
  return { target, opened }
}

describe('writeZip', () => {
  it('is read by our own strict reader, byte for byte', async () => {
    const { target, opened } = await unpack(await pack())
    expect(opened.files.map(({ name }) => name).sort()).toEqual(contents.map(([name]) => name).sort())
    for (const [name, bytes] of contents) expect(readFileSync(join(target, name)).equals(bytes)).toBe(true)
  })

  it('is read by Info-ZIP and Python', async () => {
    const path = await pack()
    expect(execFileSync('unzip', ['-tq', path]).toString()).toContain('No errors')
    const script = 'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(),len(z.namelist()))'
    expect(execFileSync('python3', ['-c', script, path]).toString().trim()).toBe(`None ${contents.length}`)
  })

  it('makes the same bytes of the same files', async () => {
    const [one, other] = [await pack('one.zip'), await pack('other.zip')]
    expect(readFileSync(one).equals(readFileSync(other))).toBe(true)
  })

  it('reads files from a disk as it reads them from memory', async () => {
    const noise = noiseOf(3 << 20)
    writeFileSync(join(directory, 'noise'), noise)
    const path = join(directory, 'file.zip')
    await writeZip(path, [{ name: 'N', content: { path: join(directory, 'noise'), bytes: noise.length } }])
    expect(readFileSync(path).equals(readFileSync(await pack('memory.zip', [['N', noise]])))).toBe(true)
  })

  it('packs what is longer than a block as one stream that every reader knows', async () => {
    const lines = Array.from({ length: 180_000 }, (_, line) => `${line * line} ${line % 7}\n`)
    const text = Buffer.from(lines.join('')).subarray(0, 2 * (1 << 20))
    const members = [text, text.subarray(1), Buffer.concat([text, text])].map(
      (content, index) => [`${index}.DAT`, content] as const,
    )
    const path = await pack('blocks.zip', members)
    expect(statSync(path).size).toBeLessThan(text.length * 2)
    expect(execFileSync('unzip', ['-tq', path]).toString()).toContain('No errors')
    const { target } = await unpack(path)
    for (const [name, bytes] of members)
      expect(readFileSync(join(target, name)).equals(bytes), name).toBe(true)
  })

  it('takes over what lies packed in another zip: the bytes are as if they had been packed anew', async () => {
    const one = join(directory, 'one.zip')
    const all = contents.map(([name, content]) => ({ name, content }))
    const packed = await writeZip(one, all)
    const other = join(directory, 'other.zip')
    const taken = all.map(({ name, content }) => ({ name, content: packed.get(name)?.content ?? content }))
    expect(taken.every(({ content }) => 'zip' in content)).toBe(true)
    await writeZip(other, taken)
    expect(readFileSync(other).equals(readFileSync(one))).toBe(true)
  })

  it('refuses a file that became shorter since it was proved', async () => {
    const path = join(directory, 'short')
    writeFileSync(path, 'short')
    const members = [{ name: 'S', content: { path, bytes: 6 } }]
    await expect(writeZip(join(directory, 'short.zip'), members)).rejects.toMatchObject({ code: 'STORE_IO' })
  })

  it('stores what would look like a bomb, and what does not shrink', async () => {
    const zeros = Buffer.alloc(limits.ratioFrom + 1)
    const path = await pack('zeros.zip', [
      ['ZEROS.DAT', zeros],
      ['AFTER.DAT', Buffer.from('after')],
    ])
    expect(statSync(path).size).toBeGreaterThan(zeros.length)
    expect((await unpack(path)).opened.files.map(({ bytes }) => bytes)).toEqual([5, zeros.length])
  })

  it('refuses at once what would need zip64, which clients refuse by their own limits', async () => {
    const huge = { path: join(directory, 'huge'), bytes: 2 ** 32 }
    const many = Array.from({ length: 0xffff }, (_, n) => ({ name: `${n}`, content: Buffer.of() }))
    for (const members of [[{ name: 'HUGE.DAT', content: huge }], many]) {
      const path = join(directory, 'refused.zip')
      await expect(writeZip(path, members)).rejects.toMatchObject({ code: 'ARCHIVE_UNSUPPORTED' })
      expect(existsSync(path)).toBe(false)
    }
    expect(options['limits.package'].default).toBeLessThanOrEqual(2 ** 32)
    expect(options['limits.entries'].default).toBeLessThan(0xffff)
  })

  it('leaves the work when it is told to', async () => {
    const stopped = AbortSignal.abort(new Error('stop'))
    const members = [{ name: 'A', content: Buffer.from('a') }]
    await expect(writeZip(join(directory, 'never.zip'), members, { signal: stopped })).rejects.toThrow('stop')
  })
})
