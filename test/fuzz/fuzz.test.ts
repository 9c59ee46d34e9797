import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isDefsError } from '../../src/error.ts'
import { type Chance, chanceOf, mutate } from './mutate.ts'
import { type Target, targets } from './targets.ts'
import { textTargets } from './text-targets.ts'

// What `npm run fuzz` sets; without it each reader gets some inputs, always the same ones.
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0)
const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const figures = process.env['FUZZ_FIGURES']
const fewest = 150
/** One input may take this long, on a busy machine. Milliseconds. */
const patience = 20_000

/** Readers that take nearly everything for something. */
const lenient: readonly string[] = ['dns', 'ini', 'cms', 'neighbour', 'liveupdate-conf']

const kept = join(import.meta.dirname, 'seeds')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-fuzz-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function seedsOf(target: Target): Promise<readonly Buffer[]> {
  const work = mkdtempSync(join(folder, 'seeds-'))
  const own = await target.seeds(work)
  const found = join(kept, target.name)
  const files = existsSync(found) ? readdirSync(found).sort() : []
  return [...own, ...files.map((file) => readFileSync(join(found, file)))]
}

/** How an input was answered: `read`, or the code of our error. Anything else fails, the input being kept. */
async function ask(target: Target, input: Buffer): Promise<string> {
  const work = join(folder, target.name)
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work)
  const begun = performance.now()
  let answer = 'read'
  try {
    await target.read(input, work)
  } catch (error) {
    if (!isDefsError(error) || !target.codes.test(error.code)) throw found(target, input, error)
    answer = error.code
  }
  const took = performance.now() - begun
  if (took > patience) throw found(target, input, new Error(`took ${took} ms`))
  return answer
}

function found(target: Target, input: Buffer, cause: unknown): Error {
  const file = join(tmpdir(), `defs-fuzz-${target.name}-${Date.now()}.bin`)
  writeFileSync(file, input)
  return new Error(`${target.name}: ${String(cause)}; the input is ${file}`, { cause })
}

async function run(target: Target, seeds: readonly Buffer[], chance: Chance): Promise<Map<string, number>> {
  const answers = new Map<string, number>()
  const until = performance.now() + seconds * 1000
  for (let count = 0; count < fewest || performance.now() < until; count++) {
    const answer = await ask(target, mutate(seeds, target.words, chance))
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  return answers
}

describe.each([...targets, ...textTargets])('$name', (target) => {
  it('reads honest input', async () => {
    const answers = new Set<string>()
    for (const input of await seedsOf(target)) answers.add(await ask(target, input))
    // Of CMS a message of ours is honest, and nobody is pinned.
    expect(answers).toContain(target.name === 'cms' ? 'TRUST_CHAIN' : 'read')
  })

  it(
    'answers whatever else comes, in time',
    async () => {
      const answers = await run(target, await seedsOf(target), chanceOf(seed))
      const count = [...answers.values()].reduce((sum, one) => sum + one, 0)
      if (figures)
        appendFileSync(figures, `${JSON.stringify({ target: target.name, count, answers: [...answers] })}\n`)
      expect(count).toBeGreaterThanOrEqual(fewest)
      // One answer to everything would mean that nothing gets past the first look.
      if (target.codes.source !== '^$' && !lenient.includes(target.name))
        expect(answers.size).toBeGreaterThan(1)
    },
    seconds * 1000 + 120_000,
  )
})
