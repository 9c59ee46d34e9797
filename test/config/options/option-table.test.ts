import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { optionsPage } from '../../../build/docs.ts'
import { options } from '../../../src/config/options/main.ts'
import type { Option, OptionRows } from '../../../src/config/options/option.ts'
import { scheduleOptions } from '../../../src/config/options/publish.ts'
import { sinkOptions } from '../../../src/config/options/sink.ts'
import { sourceOptions } from '../../../src/config/options/source.ts'
import { readValue } from '../../../src/config/read-value.ts'
import { checkConfig } from '../../../src/config/resolve.ts'
import { writeValue } from '../../../src/config/show-value.ts'
import { starterText, writeStarter } from '../../../src/config/starter.ts'
import { hasVariable, variableOf } from '../../../src/config/variable.ts'

const groups: OptionRows[] = [
  options,
  scheduleOptions,
  ...Object.values(sourceOptions),
  ...Object.values(sinkOptions),
]
const rows: [string, Option][] = groups.flatMap((group) => Object.entries(group))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-table-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const asText = (text: string) => ({ value: text, text, texts: [], textual: true })

describe('the option table', () => {
  it.each(rows.filter(([, row]) => row.default !== null))(
    '%s has a default that it would take itself',
    (_, row) => {
      const { default: value, type } = row
      const written = Array.isArray(value)
        ? { value, text: null, texts: value.map((part) => String(part)), textual: false }
        : asText(writeValue(value, type))
      // No address at all is what nobody writes down.
      const none = type === 'addresses' && Array.isArray(value) && value.length === 0
      const read = none ? { problem: 'must not be empty' } : { value }
      expect(readValue({ ...written, folder: '/' }, row)).toEqual(read)
    },
  )

  it.each(rows.filter(([, row]) => row.default === null))(
    '%s has none, and takes nothing for one',
    (_, row) => {
      const none = row.unset ?? null
      if (none !== null) expect(readValue({ ...asText(none), folder: '/' }, row)).toEqual({ value: null })
      // Neither an empty text nor YAML's null stands for "none"; and what is required has no word for it.
      for (const nothing of [asText(''), { value: null, text: null, texts: [], textual: false }])
        expect(readValue({ ...nothing, folder: '/' }, row)).toEqual({ problem: expect.any(String) })
      if (row.required) expect(none).toBeNull()
    },
  )

  it('gives each option its own variable', () => {
    const names = Object.keys(options).map(variableOf)
    expect(new Set(names).size).toBe(names.length)
    expect(variableOf('trust.tufRoot')).toBe('DEFS_TRUST_TUF_ROOT')
    expect(hasVariable('scanner.argv', options['scanner.argv'])).toBe(false)
  })

  it('becomes a table with a line for every row', () => {
    const lines = optionsPage().split('\n')
    for (const [path] of rows)
      expect(lines.filter((line) => line.startsWith(`| \`${path}\` |`))).not.toEqual([])
  })
})

describe('the starter file', () => {
  const request = (file: string) => ({ file, env: {}, cwd: folder, home: folder, uid: null, secrets: false })

  it('changes nothing as it stands', async () => {
    const file = join(folder, 'new', 'defs.yaml')
    await writeStarter(file, false)
    const { problems, shown } = await checkConfig(request(file))
    expect(problems).toEqual([])
    expect([...shown.values()].every(({ origin }) => origin === 'default')).toBe(true)
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o640)
  })

  it('is a good configuration once the comments are taken away', async () => {
    const file = join(folder, 'defs.yaml')
    // Keys with a value; what has no default stays a comment, and so does the text for people.
    const open = starterText()
      .replaceAll(/^# (?: {2})*#.*\n/gm, '')
      .replaceAll(/^# (?=(?: {2})*(?:[a-zA-Z]+:|- ))/gm, '')
      .replace('anchors: []', 'anchors: [root.pem]')
      .replace(/^scanner:\n(?: {2}.*\n)+/m, '')
    writeFileSync(file, open)
    const { problems, config } = await checkConfig(request(file))
    // It has a source of each kind, and not all kinds can feed one store.
    expect(problems.filter(({ message }) => !message.startsWith('belongs to another family'))).toEqual([])
    expect([...config.sources.values()].map(({ kind }) => kind).sort()).toEqual(
      Object.keys(sourceOptions).sort(),
    )
    expect(config.schedule).toHaveLength(2)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'written by root can be read by the user whose store it is',
    async () => {
      const file = join(folder, 'defs.yaml')
      const store = join(folder, 'store')
      mkdirSync(store)
      await writeStarter(file, false, undefined, store)
      expect(statSync(file)).toMatchObject({ uid: 0, gid: 0 })
      chownSync(store, 65_534, 65_533)
      await writeStarter(file, true, undefined, store)
      expect(statSync(file)).toMatchObject({ uid: 0, gid: 65_533 })
      expect(statSync(file).mode & 0o777).toBe(0o640)
    },
  )

  it('writes over nothing unless told to', async () => {
    const file = join(folder, 'defs.yaml')
    writeFileSync(file, 'maxAge: 1h\n')
    await expect(writeStarter(file, false)).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' })
    expect(readFileSync(file, 'utf8')).toBe('maxAge: 1h\n')
    await writeStarter(file, true)
    expect(readFileSync(file, 'utf8')).toBe(starterText())
  })
})
