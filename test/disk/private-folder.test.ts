import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makePrivateFolder } from '../../src/disk/private-folder.ts'

let root: string
let mask: number
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'defs-private-'))
  mask = process.umask(0o022)
})
afterEach(() => {
  process.umask(mask)
  rmSync(root, { recursive: true, force: true })
})

it.skipIf(process.platform === 'win32')(
  'a folder for its owner alone lies in folders that others can walk through, and one that is there keeps its mode',
  async () => {
    const path = join(root, 'store', 'publish', 'keys')
    await makePrivateFolder(path)
    await makePrivateFolder(join(path, 'online'))
    const modes = ['store', 'store/publish', 'store/publish/keys', 'store/publish/keys/online'].map((name) =>
      (statSync(join(root, name)).mode & 0o777).toString(8),
    )
    expect(modes).toEqual(['755', '755', '700', '700'])
  },
)
