import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { eicarText } from '../../src/gate/engine.ts'
import { limits } from '../../src/limits.ts'
import { realContext } from '../scanner/world.ts'
import { gateWorld, hasClamscan, hasPrlimit, line, malformed, outcomesOf } from './world.ts'

let world: ReturnType<typeof gateWorld>
beforeEach(() => {
  world = gateWorld()
})
afterEach(() => world.remove())

const evil = { 'evil.ndb': line('Test.Evil', 'evil payload') }

describe.skipIf(!hasClamscan)('the gate with clamscan', () => {
  const engine = 'clamscan'

  it('lets a set pass that it loads', async () => {
    const findings = await world.judge(world.candidate(evil), { engine })
    expect(outcomesOf(findings)).toEqual({
      size: 'off',
      engine: 'passed',
      detect: 'off',
      clean: 'off',
      command: 'off',
    })
  })

  it.each([
    ['a malformed line', { 'evil.ndb': evil['evil.ndb'] + malformed }],
    ['no database at all', { 'readme.txt': 'nothing' }],
    ['a database cut in its header', { 'daily.cvd': 'ClamAV-VDB:21 Nov' }],
  ])('refuses a set with %s', async (_, files) => {
    expect(outcomesOf(await world.judge(world.candidate(files), { engine }))).toMatchObject({
      engine: 'failed',
    })
  })

  it.each([
    [
      'a list of types takes the place of its own',
      'own.ftm',
      '0:0:45584d50:Example:CL_TYPE_ANY:CL_TYPE_GRAPHICS',
    ],
    ['a list switches that off', 'own.cfg', 'ARCHIVE:0x0:0:999'],
  ])('refuses a set with which the engine opens no archives: %s', async (_, name, text) => {
    const files = { ...evil, [name]: `${text}\n` }
    const findings = await world.judge(world.candidate(files), { engine })
    const found = findings.find(({ check }) => check === 'engine')
    expect(found).toMatchObject({ outcome: 'failed' })
    expect(found?.text).toContain(`with ${name} the engine opens no archives`)
  })

  it('lets types pass that leave archives what they are', async () => {
    // What ClamAV knows by itself of gzip, as its own list has it.
    const types = [
      '0:0:45584d50:Example:CL_TYPE_ANY:CL_TYPE_GRAPHICS',
      '0:0:1f8b:GZip:CL_TYPE_ANY:CL_TYPE_GZ',
    ]
    const files = { ...evil, 'own.ftm': `${types.join('\n')}\n`, 'own.cfg': 'PE:0xffff:0:999\n' }
    expect(outcomesOf(await world.judge(world.candidate(files), { engine }))).toMatchObject({
      engine: 'passed',
    })
  })

  it('does not blame the set where the live one does not load either', async () => {
    const current = world.lying('20261120.001', { 'old.ndb': malformed })
    const one = world.candidate({ 'evil.ndb': malformed }, { current })
    expect(outcomesOf(await world.judge(one, { engine }))).toMatchObject({ engine: 'undecided' })
    const good = world.candidate({ 'evil.ndb': malformed }, { current: world.lying('20261120.002', evil) })
    expect(outcomesOf(await world.judge(good, { engine }))).toMatchObject({ engine: 'failed' })
  })

  it('wants every sample detected, in files and folders', async () => {
    const samples = world.write('samples', { 'a.bin': 'an evil payload', 'deep/b.bin': 'evil payload, too' })
    const one = world.candidate(evil)
    expect(outcomesOf(await world.judge(one, { engine, detect: [samples] }))).toMatchObject({
      detect: 'passed',
    })
    world.write('samples', { 'deep/c: d.bin': 'payload of another kind' })
    const findings = await world.judge(one, { engine, detect: [samples] })
    const detect = findings.find(({ check }) => check === 'detect')
    expect(detect).toMatchObject({ outcome: 'failed' })
    expect(detect?.text).toContain('c: d.bin')
    expect(detect?.text).not.toContain('a.bin')
  })

  it('wants the test file detected that it makes for the purpose', async () => {
    const eicar = true
    expect(outcomesOf(await world.judge(world.candidate(evil), { engine, eicar }))).toMatchObject({
      detect: 'failed',
    })
    const knows = world.candidate({ 'eicar.ndb': line('Test.Eicar', eicarText()) })
    expect(outcomesOf(await world.judge(knows, { engine, eicar }))).toMatchObject({ detect: 'passed' })
  })

  it('refuses a set for one false positive and names file and signature', async () => {
    const clean = world.write('clean', {
      'invoice.eml': 'Subject: invoice\n\nplease pay\n',
      'a/note: b.txt': 'harmless',
    })
    const one = world.candidate(evil)
    expect(outcomesOf(await world.judge(one, { engine, clean: [clean] }))).toMatchObject({ clean: 'passed' })
    const eager = world.candidate({ 'eager.ndb': line('Test.Eager', 'please pay') })
    const findings = await world.judge(eager, { engine, clean: [clean] })
    const found = findings.find(({ check }) => check === 'clean')
    expect(found?.outcome).toBe('failed')
    expect(found?.text).toContain('invoice.eml')
    expect(found?.text).toContain('Test.Eager')
  })

  it('takes no clean file for clean whose signature has a colon in its name', async () => {
    const clean = world.write('clean', { 'invoice.eml': 'please pay' })
    const words = Buffer.from('please pay').toString('hex')
    const eager = world.candidate({ 'eager.ldb': `Test: Eager;Engine:51-255,Target:0;0;${words}\n` })
    const findings = await world.judge(eager, { engine, clean: [clean] })
    expect(findings.find(({ check }) => check === 'clean')).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('Test: Eager'),
    })
  })

  it('finds a clean file through a link to its folder', async () => {
    world.write('clean', { 'invoice.eml': 'please pay' })
    symlinkSync(join(world.root, 'clean'), join(world.root, 'link'))
    const eager = world.candidate({ 'eager.ndb': line('Test.Eager', 'please pay') })
    const clean = [join(world.root, 'link')]
    expect(outcomesOf(await world.judge(eager, { engine, clean }))).toMatchObject({ clean: 'failed' })
  })

  it.each([
    ['is not there', 'nowhere'],
    ['is empty', 'empty'],
    ['has a line break in its name', 'odd'],
  ])('does not pass what was to be scanned when it %s', async (_, name) => {
    mkdirSync(join(world.root, 'empty', 'below'), { recursive: true })
    world.write('odd', { 'two\nlines': 'x' })
    const path = join(world.root, name)
    const one = world.candidate(evil)
    const found = outcomesOf(await world.judge(one, { engine, clean: [path] }))
    expect(found).toMatchObject({ engine: 'passed', clean: 'undecided' })
    expect(outcomesOf(await world.judge(one, { engine, detect: [path] }))).toMatchObject({
      detect: 'undecided',
    })
  })

  it.skipIf(!hasPrlimit)('does not blame the set where the memory is too little for any', async () => {
    const one = world.candidate(evil)
    expect(outcomesOf(await world.judge(one, { engine, memory: 60 * 1024 * 1024 }))).toMatchObject({
      engine: 'undecided',
    })
  })
})

describe.skipIf(process.platform === 'win32')('the programs of the gate', () => {
  const engine = 'clamscan'

  it('end when their time is over, which says nothing about the set', async () => {
    const program = world.script('echo $$ > pid; sleep 60')
    const begun = Date.now()
    const findings = await world.judge(world.candidate(evil), { engine, program, timeout: 1000 })
    expect(outcomesOf(findings)).toMatchObject({ engine: 'undecided' })
    expect(Date.now() - begun).toBeLessThan(20_000)
    const pid = readFileSync(join(world.root, 'scratch', 'pid'), 'utf8').trim()
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  it.skipIf(!hasPrlimit)('get no more memory than they may have', async () => {
    // Writes down the bound it finds, in KiB, then asks for more than that.
    const program = world.script(
      'ulimit -v > bound; exec "$NODE" -e "Buffer.alloc(2 ** 31); console.log(1)" > allocated 2>&1',
    )
    process.env['NODE'] = process.execPath
    const memory = 1024 ** 3
    const findings = await world
      .judge(world.candidate(evil), { engine, program, memory })
      .finally(() => delete process.env['NODE'])
    expect(outcomesOf(findings)).toMatchObject({ engine: 'undecided' })
    expect(readFileSync(join(world.root, 'scratch', 'bound'), 'utf8').trim()).toBe(String(memory / 1024))
    expect(readFileSync(join(world.root, 'scratch', 'allocated'), 'utf8')).not.toBe('1\n')
  })

  it('do not pass by printing what nobody understands', async () => {
    const program = world.script('echo all is well; exit 1')
    const clean = [world.write('clean', { a: 'a' })]
    expect(outcomesOf(await world.judge(world.candidate(evil), { engine, program, clean }))).toMatchObject({
      engine: 'undecided',
      clean: 'undecided',
    })
  })

  it('do not pass by naming a file that was never scanned', async () => {
    const [clean, detect] = [[world.write('clean', { a: 'a' })], [world.write('detect', { b: 'b' })]]
    const known = join(world.root, 'detect', 'b')
    const program = world.script(
      `echo "${known}: Test.Evil FOUND"; echo "/elsewhere: Test.Evil FOUND"; exit 1`,
    )
    const settings = { engine, program, clean, detect } as const
    expect(outcomesOf(await world.judge(world.candidate(evil), settings))).toMatchObject({
      detect: 'undecided',
      clean: 'undecided',
    })
  })

  it('do not pass by printing more than anybody reads', async () => {
    const most = limits.gateOutput
    const program = world.script(`head -c ${most + 1024 * 1024} /dev/zero | tr '\\0' x; exit 0`)
    const clean = [world.write('clean', { a: 'a' })]
    expect(outcomesOf(await world.judge(world.candidate(evil), { engine, program, clean }))).toMatchObject({
      clean: 'undecided',
    })
  })

  it('are refused when they are not there, and missed only where they were asked for', async () => {
    const program = join(world.root, 'nowhere')
    const one = world.candidate(evil)
    expect(outcomesOf(await world.judge(one, { engine, program }))).toMatchObject({ engine: 'undecided' })
    const clamd = {
      kind: 'clamd',
      socket: '/nowhere',
      timeout: 1000,
      canary: null,
      restart: [],
      conf: null,
    } as const
    const auto = { engine: 'auto', program } as const
    expect(outcomesOf(await world.judge(one, auto, clamd))).toMatchObject({ engine: 'off' })
    expect(outcomesOf(await world.judge(one, { ...auto, eicar: true }, clamd))).toMatchObject({
      engine: 'undecided',
    })
    expect(outcomesOf(await world.judge(one, auto))).toMatchObject({ engine: 'off' })
  })

  it('end with the run', async () => {
    const stop = new AbortController()
    const program = world.script('echo $$ > pid; sleep 60')
    const judged = world.judge(
      world.candidate(evil),
      { engine, program },
      { kind: 'direct' },
      realContext(stop.signal),
    )
    setTimeout(() => stop.abort(), 300)
    const error = await judged.catch((reason: unknown) => reason)
    expect(isDefsError(error, 'INTERRUPTED')).toBe(true)
  })

  it('do not see our own variables', async () => {
    process.env['DEFS_TEST_SECRET'] = 'secret'
    const program = world.script('env > variables; exit 0')
    await world
      .judge(world.candidate(evil), { engine, program })
      .finally(() => delete process.env['DEFS_TEST_SECRET'])
    expect(readdirSync(join(world.root, 'scratch'))).toContain('variables')
    expect(readFileSync(join(world.root, 'scratch', 'variables'), 'utf8')).not.toContain('secret')
  })
})
