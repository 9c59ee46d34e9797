import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorks, type Works } from './works.ts'

describe.skipIf(process.platform === 'win32')('publishing beside somebody who makes links', () => {
  let works: Works
  let victim: string
  beforeEach(async () => {
    works = await openWorks()
    victim = join(works.root, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'passwd'), 'x')
  })
  afterEach(() => works.close())

  it.each([
    ['the folder of its work', 'tree.state/work'],
    ['the folder of its state', 'tree.state'],
    ['the metadata', 'tree/metadata'],
    ['a channel', 'tree/production'],
  ])('neither empties nor writes through %s', async (_, name) => {
    mkdirSync(join(works.root, name, '..'), { recursive: true })
    symlinkSync(victim, join(works.root, name))
    const ran = await works.own('20261121.001')
    expect(ran).toMatchObject({ exitCode: 6, error: { code: 'STORE_PERMISSION' } })
    expect(existsSync(join(victim, 'passwd'))).toBe(true)
    expect(execFileSync('ls', [victim], { encoding: 'utf8' })).toBe('passwd\n')
  })

  it('appends no line of the audit trail to another file', async () => {
    expect(await works.own('20261121.001')).toMatchObject({ exitCode: 0 })
    const audit = `${works.tree}.state/audit.jsonl`
    rmSync(audit)
    symlinkSync(join(victim, 'passwd'), audit)
    expect(await works.own('20261121.002')).toMatchObject({ error: { code: 'STORE_IO' } })
    expect(readFileSync(join(victim, 'passwd'), 'utf8')).toBe('x')
  })
})
