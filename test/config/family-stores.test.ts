import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkFamilies } from '../../src/config/resolve.ts'

const work = mkdtempSync(join(tmpdir(), 'defs-families-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

async function problemsOf(text: string): Promise<string[]> {
  const file = join(work, 'c.yaml')
  writeFileSync(file, text)
  const request = { file, env: {}, cwd: work, home: work, uid: null, secrets: false }
  return (await checkFamilies(request)).problems.map(({ path, message }) => `${path} ${message}`)
}

const source = (name: string) =>
  `sources: { ${name}: { kind: rules, url: 'file:///x/${name}.tar.gz', md5: true, allowUnsigned: true } }`
const two = (one: string, other: string, names = ['a', 'b']) => `families:
  ${names[0]}: { ${one} ${source('et')} }
  ${names[1]}: { ${other} ${source('hunt')} }
`
const at = (root: string) => `store: { root: '${root}' },`

describe('the stores of two families', () => {
  it.each([
    ['are one', two(at('/s'), at('/s/')), "is that of 'a', too"],
    ['are one by another way', two(at('/s'), at('/x/../s')), "is that of 'a', too"],
    ['lie in each other', two(at('/s'), at('/s/in/it')), "lies in that of 'a'"],
    ['hold each other', two(at('/s/VirusDefs/x'), at('/s')), "holds that of 'a'"],
    ['lie in the shared one', `${two(at('/s'), '')}store: { root: /s }\n`, "lies in that of 'a'"],
  ])('may not be: they %s', async (_, text, message) => {
    expect((await problemsOf(text)).join('\n')).toContain(message)
  })

  it('may lie beside each other, below one folder', async () => {
    expect(await problemsOf(two('', ''))).toEqual([])
    expect(await problemsOf(two(at('/s'), at('/s2')))).toEqual([])
  })

  it.each([
    ['a folder of a flat store', ['state', 'b'], 'a store has a folder of that name'],
    ['the same but for upper and lower case', ['Yara', 'yara'], 'in upper and lower case only'],
  ])('have no names that are %s', async (_, names, message) => {
    expect((await problemsOf(two('', '', names))).join('\n')).toContain(message)
  })
})

describe('a line of the schedule', () => {
  it('that names a family which is not there is refused', async () => {
    const line = (family: string, name: string) =>
      `schedule: [{ family: ${family}, source: ${name}, cron: '0 * * * *' }]\n`
    const problems = await problemsOf(two('', '') + line('c', 'et'))
    expect(problems).toEqual(['schedule[0].family names no family that is here: a, b'])
    expect(await problemsOf(two('', '') + line('a', 'et'))).toEqual([])
  })
})
