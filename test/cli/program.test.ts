import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../src/cli/program.ts'

function read(...argv: string[]) {
  const printed = { out: '', err: '' }
  const streams = {
    stdout: { write: (text: string) => (printed.out += text) },
    stderr: { write: (text: string) => (printed.err += text) },
  }
  let named = ''
  const invocation = () => readCommandLine(argv, streams, (name) => (named = name))
  return { invocation, printed, named: () => named }
}

const asking = { source: null, timeout: null }
const updating = {
  ...asking,
  dryRun: false,
  force: false,
  anyRole: false,
  allow: null,
  lockWait: 0,
  confirm: true,
}

describe('help on a terminal', () => {
  it.each([40, 60, 80, 200])('is broken at words for %i columns', async (columns) => {
    for (const argv of [['--help'], ['update', '--help'], ['keys', 'rotate', '--help']]) {
      let text = ''
      const stdout = { write: (more: string) => (text += more), isTTY: true, columns }
      await readCommandLine(argv, { stdout, stderr: stdout })
      const lines = (text.split('\nExamples:')[0] ?? '').split('\n')
      expect(lines.length).toBeGreaterThan(10)
      expect(lines.filter((line) => line.length > columns)).toEqual([])
    }
  })
})

describe('the command line', () => {
  it.each<[string, string, object]>([
    ['update', 'update', updating],
    ['update --source rapid', 'update', { ...updating, source: 'rapid' }],
    ['update --dry-run --force', 'update', { ...updating, dryRun: true, force: true }],
    ['update --allow 20261121.003', 'update', { ...updating, allow: '20261121.003' }],
    ['update --allow 261121003', 'update', { ...updating, allow: '20261121.003' }],
    ['update --no-confirm', 'update', { ...updating, confirm: false }],
    ['update --timeout 60 --lock-wait 5', 'update', { ...updating, timeout: 60_000, lockWait: 5000 }],
    ['check --source=internal --timeout 9', 'check', { source: 'internal', timeout: 9000 }],
    ['status', 'status', { maxAge: null, nagios: false }],
    ['status --max-age 36h', 'status', { maxAge: '36h', nagios: false }],
    ['list', 'list', {}],
    ['show 20261121-003', 'show', { set: '20261121.003' }],
    ['sources', 'sources', {}],
    ['sources list', 'sources', {}],
    ['config show', 'config show', { origin: false }],
    ['config show --origin', 'config show', { origin: true }],
    ['config check', 'config check', {}],
    ['config init', 'config init', { file: 'defs.yaml', force: false, kind: null, fromFreshclam: null }],
    [
      'config init my.yaml --force',
      'config init',
      { file: 'my.yaml', force: true, kind: null, fromFreshclam: null },
    ],
    ['config schema', 'config schema', {}],
    ['channels', 'channels', { to: null }],
    ['show latest', 'show', { set: 'latest' }],
    ['check --timeout 5m', 'check', { source: null, timeout: 300_000 }],
    ['events', 'events', {}],
    ['events list', 'events', {}],
    ['events explain 399', 'events explain', { id: '399' }],
    ['completion zsh', 'completion', { shell: 'zsh' }],
    ['fleet init', 'fleet init', {}],
    ['--json fleet init', 'fleet init', {}],
  ])('%s', async (line, command, input) => {
    const invocation = await read(...line.split(' ')).invocation()
    expect(invocation).toMatchObject({ command })
    if (command === 'completion') expect(invocation?.input).toMatchObject(input)
    else expect(invocation?.input).toEqual(input)
  })

  const all = { config: 'f', family: null, json: true, quiet: true, verbose: true, color: false }
  it.each([
    '--config f --json --quiet --verbose --no-color status --max-age 1h',
    'status --max-age 1h --config f --json --quiet --verbose --no-color',
    '--json status --config=f --quiet --max-age 1h --verbose --no-color',
    'config show --json --config f --quiet --verbose --no-color',
    'config --json --quiet show --verbose --config f --no-color',
  ])('has global options anywhere: %s', async (line) => {
    expect((await read(...line.split(' ')).invocation())?.globals).toEqual(all)
  })

  it('has no global option set by itself', async () => {
    const none = { config: null, family: null, json: false, quiet: false, verbose: false, color: true }
    expect((await read('list').invocation())?.globals).toEqual(none)
  })

  it.each([
    '',
    'config',
    'updat',
    'update --sourc x',
    'update extra',
    'update --source',
    'update --timeout soon',
    'update --timeout 0',
    'update --lock-wait -1',
    'update --allow yesterday',
    'status --max-age 36',
    'status --max-age 0s',
    'show',
    'show 20261341.001',
    'events explain',
    'events unknown',
    'completion tcsh',
  ])('refuses %j', async (line) => {
    const { invocation } = read(...line.split(' ').filter((word) => word !== ''))
    await expect(invocation()).rejects.toThrow(expect.objectContaining({ code: 'USAGE_ARGUMENT' }))
  })

  it('tells the command even when the rest cannot be read', async () => {
    const wrong = read('config', 'show', '--bogus')
    await expect(wrong.invocation()).rejects.toThrow()
    expect(wrong.named()).toBe('config show')
  })

  it.each([['--help'], ['-h'], ['update', '--help'], ['help', 'update'], ['--version'], ['-V']])(
    'answers %s on stdout',
    async (...argv) => {
      const { invocation, printed } = read(...argv)
      expect(await invocation()).toBeNull()
      expect(printed.out).not.toBe('')
      expect(printed.err).toBe('')
    },
  )

  it.each(['update', 'check', 'status', 'list', 'show', 'sources', 'config', 'events', 'completion'])(
    'shows examples in the help of %s',
    async (command) => {
      const { invocation, printed } = read(command, '--help')
      await invocation()
      expect(printed.out).toContain(`  defs ${command}`)
      expect(printed.out).toContain('--json')
    },
  )
})

describe('a command that is the first word', () => {
  it.each(['update', 'check', 'list', 'show', 'status'])(
    '%s is the same as one behind options, for which everything is declared',
    async (command) => {
      const [first, behind] = [read(command, '--help'), read('--quiet', command, '--help')]
      expect([await first.invocation(), await behind.invocation()]).toEqual([null, null])
      expect(first.printed.out).toContain(`Usage: defs ${command}`)
      expect(first.printed).toEqual(behind.printed)
    },
  )

  it('is not taken for one where it is the value of an option', async () => {
    const invocation = await read('--config', 'status', 'list').invocation()
    expect([invocation?.command, invocation?.globals.config]).toEqual(['list', 'status'])
  })
})
