import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkConfig } from '../../../src/config/resolve.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-proxy-login-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function places(keys: string): Promise<string[]> {
  const file = join(folder, 'defs.yaml')
  writeFileSync(file, `console:\n  users: users\n${keys.replace(/^/gm, '  ')}\n`)
  const request = { file, env: {}, cwd: folder, home: folder, uid: null, secrets: false }
  return (await checkConfig(request)).problems
    .map(({ path }) => path)
    .filter((path) => path.startsWith('console'))
}

it('a login by a reverse proxy is taken when everything it needs is there', async () => {
  expect(await places('trustHeader: X-Remote-User')).toEqual([])
  expect(await places("trustHeader: Remote-User\ntrustFrom: [10.0.0.0/8, '::1', 'fd00::/64']")).toEqual([])
  expect(await places("trustHeader: Remote-User\ntrustViewers: ['*']")).toEqual([])
  expect(
    await places('trustHeader: Remote-User\ntrustGroups: Remote-Groups\ntrustOperators: [mail admins]'),
  ).toEqual([])
})

it.each([
  ['trustHeader: X_Remote_User', 'trustHeader'],
  ['trustHeader: "X-Remote-User: x"', 'trustHeader'],
  ['trustHeader: Cookie', 'trustHeader'],
  ['trustHeader: R\ntrustFrom: [proxy.example.org]', 'trustFrom'],
  ['trustHeader: R\ntrustFrom: [0.0.0.0/0]', 'trustFrom'],
  ['trustHeader: R\ntrustFrom: [10.0.0.0/33]', 'trustFrom'],
  ["trustHeader: R\ntrustFrom: ['fe80::1%eth0']", 'trustFrom'],
  ['trustHeader: R\ntrustFrom: []', 'trustFrom'],
  ['trustHeader: R\ntrustOperators: [admins]', 'trustGroups'],
  ['trustGroups: G', 'trustHeader'],
  ["trustViewers: ['*']", 'trustHeader'],
])('%s is a problem of console.%s', async (keys, key) => {
  expect(await places(keys)).toEqual([`console.${key}`])
})
