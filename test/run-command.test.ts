import { tmpdir } from 'node:os'
import { expect, it } from 'vitest'
import { childEnvironment, hideFromPrograms, runCommand } from '../src/run-command.ts'

it('keeps our own variables and those of passwords from every program', async () => {
  hideFromPrograms(['Vendor_Secret', null])
  const given = {
    PATH: process.env['PATH'],
    LANG: 'C',
    DEFS_STORE_ROOT: '/x',
    defs_keys_passphrase: 'hush',
    VENDOR_SECRET: 'hush',
    vendor_secret: 'hush',
    VENDOR_SECRETS: 'none of ours',
  }
  expect(childEnvironment(given)).toEqual({
    PATH: process.env['PATH'],
    LANG: 'C',
    VENDOR_SECRETS: 'none of ours',
  })
  const program = 'process.stdout.write(Object.keys(process.env).sort().join())'
  const { stdout } = await runCommand([process.execPath, '-e', program], {
    env: given,
    variables: { DEFS_SET: '20260115.002' },
    cwd: tmpdir(),
    timeout: 20_000,
    signal: new AbortController().signal,
    stdout: 1024,
  })
  expect(stdout).toContain('DEFS_SET,LANG,PATH,VENDOR_SECRETS')
  expect(stdout).not.toMatch(/hush|VENDOR_SECRET(?!S)|passphrase/i)
})
