import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorks, overwrite, type Works } from '../publish/works.ts'
import { tufClient } from '../support/tuf-client.js'

const support = join(dirname(fileURLToPath(import.meta.url)), '..', 'support')
// Debian's own Python: its packages are not those of another one in front of it.
const python = '/usr/bin/python3'
const script = join(support, 'tuf-second-opinion.py')
const other = (...args: string[]) => execFileSync(python, [script, ...args], { stdio: 'pipe' }).toString()

const missing = spawnSync(python, ['-c', 'import securesystemslib, cryptography']).status !== 0

describe.skipIf(missing)('TUF metadata and another library', () => {
  let works: Works
  beforeEach(async () => {
    works = await openWorks()
  })
  afterEach(() => works.close())

  it.each(['ed25519', 'ecdsa'])('agree about what we publish, rotations included (%s)', async (type) => {
    works.close()
    works = await openWorks('--type', type, '--root-keys', '3', '--threshold', '2')
    await works.own('20261120.001')
    await works.own('20261121.001', '--channel', 'testing')
    const root = join(works.root, 'pinned', 'root.json')
    const check = () => JSON.parse(other('check', root, works.tree))
    expect(check().root).toBe(1)
    expect(check().targets).toBeGreaterThan(7)
    for (const role of ['root', 'snapshot', 'timestamp', 'targets'])
      expect(await works.defs('keys', 'rotate', role)).toMatchObject({ exitCode: 0 })
    expect(check().root).toBe(5)
    // It can fail.
    const timestamp = join(works.tree, 'metadata', 'timestamp.json')
    overwrite(timestamp, readFileSync(timestamp, 'utf8').replace('"version": ', '"version": 1'))
    expect(check).toThrow()
  })

  it('agree about what it makes', async () => {
    const place = join(works.root, 'made')
    other('make', place)
    const kept = ['--metadata-dir', join(works.root, 'kept')]
    await tufClient([...kept, 'init', join(place, 'root.json')])
    const target = ['--target-name', 'file.txt', '--target-base-url', join(place, 'targets')]
    const metadata = [...kept, '--metadata-url', join(place, 'metadata')]
    await tufClient([...metadata, ...target, '--target-dir', join(works.root, 'got'), 'download'])
    expect(readFileSync(join(works.root, 'got', 'file.txt'), 'utf8')).toBe('from elsewhere\n')
  })
})
