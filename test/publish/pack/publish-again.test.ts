import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFiles } from '../../support/definition-set.ts'
import { openWorks, type Works } from '../works.ts'

let works: Works
beforeEach(async () => {
  works = await openWorks()
  works.now = new Date('2026-11-22T12:00:00Z')
})
afterEach(() => works.close())

const [first, second] = ['20261120.001', '20261121.001'] as const

/** Publishes these files as a set of our own. */
function publish(set: string, files: Record<string, string>, ...args: string[]) {
  const folder = join(works.root, `files-${set}-${Object.values(files).join().length}`)
  writeFiles(folder, new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
  return works.defs('publish', set, '--from', folder, ...args)
}

const inode = (channel: string, file: string) => statSync(join(works.tree, channel, file)).ino

describe('a set that is published again', () => {
  it('goes to a second channel as the package that is there, whenever that is', async () => {
    const { package: file } = await works.own(first)
    works.now = new Date('2026-11-22T13:00:00Z')
    const again = await works.own(first, '--channel', 'pilot', '--new')
    expect(again).toMatchObject({ exitCode: 0, changed: true, channel: 'pilot', package: file })
    expect(inode('pilot', file)).toBe(inode('production', file))
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: first })
  })

  it('is refused with other contents', async () => {
    await works.own(first)
    const other = await publish(first, { 'OTHER.DAT': 'something else' }, '--channel', 'pilot', '--new')
    expect(other).toMatchObject({ exitCode: 7, error: { code: 'PUBLISH_REFUSED' } })
    expect(other['error'].message).toContain('with other contents')
  })
})

describe('the next set', () => {
  const text = Array.from({ length: 40_000 }, (_, line) => `${line * line}\n`).join('')

  it('is whole for clients with and without the one before, whatever was taken over from that', async () => {
    await publish(first, { 'SAME.DAT': text, 'CHANGED.DAT': `${text}1`, 'GONE.DAT': 'gone' })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: first })
    const next = { 'SAME.DAT': text, 'CHANGED.DAT': `${text}22`, 'NEW.DAT': 'new' }
    const published = await publish(second, next)
    expect(published).toMatchObject({ exitCode: 0, incremental: [{ base: first }] })
    const blocks = readFileSync(join(`${works.tree}.state`, 'blocks.json'), 'utf8')
    expect(JSON.parse(blocks).members.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(Object.keys(next)),
    )
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: second, incremental: true })
    const set = join(works.store, 'VirusDefs', second)
    const whole = () => Object.keys(next).map((name) => readFileSync(join(set, name), 'utf8'))
    expect(whole()).toEqual(Object.values(next))

    rmSync(works.store, { recursive: true })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: second, incremental: false })
    expect(whole()).toEqual(Object.values(next))
  })

  it('is not made from a package of the tree that is damaged', async () => {
    const { package: file } = await works.own(first)
    truncateSync(join(works.tree, 'production', file), 100)
    const next = await works.own(second)
    expect(next).toMatchObject({ exitCode: expect.any(Number), error: { code: 'STORE_IO' } })
    expect(next['error'].message).toContain(`${file} is not what was published`)
    expect(readdirSync(join(`${works.tree}.state`, 'work'))).toEqual([])
  })
})
