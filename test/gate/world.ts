import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, ScannerConfig } from '../../src/config/config.ts'
import type { Context } from '../../src/context.ts'
import type { Candidate } from '../../src/gate/candidate.ts'
import type { CheckName, Finding } from '../../src/gate/finding.ts'
import { judgeAtGate } from '../../src/gate/gate.ts'
import { limits } from '../../src/limits.ts'
import { parseSetName } from '../../src/set-name.ts'
import { realContext } from '../scanner/world.ts'

export const hasClamscan = spawnSync('clamscan', ['--version']).status === 0
export const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

/** A line of an `.ndb` database that detects these words anywhere in a file. */
export const line = (name: string, words: string) => `${name}:0:*:${Buffer.from(words).toString('hex')}\n`

/** What a malformed line looks like: not hexadecimal. */
export const malformed = 'Broken:0:*:zz\n'

const certifiedAndRapid = (value: number) => ({ certified: value, rapid: value })

/** No check at all; tests switch on what they are about. */
const noChecks: Config['gate'] = {
  engine: 'none',
  program: null,
  detect: [],
  eicar: false,
  clean: [],
  timeout: 20_000,
  memory: limits.gateMemory,
  command: [],
  shrink: certifiedAndRapid(0),
  growth: { ...certifiedAndRapid(0), from: limits.gateGrowthFrom },
  allowed: 0,
}

/** A folder with sets and samples in it, and the gate over them. */
export function gateWorld() {
  const root = mkdtempSync(join(tmpdir(), 'defs-gate-'))

  function write(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    const directory = join(root, name)
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(directory, file, '..'), { recursive: true })
      writeFileSync(join(directory, file), content)
    }
    return directory
  }

  const lying = (set: string, files: Readonly<Record<string, string | Uint8Array>>) => ({
    set: parseSetName(set),
    directory: write(set, files),
  })

  function candidate(
    files: Readonly<Record<string, string | Uint8Array>>,
    further: Partial<Candidate> = {},
  ): Candidate {
    const scratch = join(root, 'scratch')
    const set = lying('20261121.001', files)
    return { ...set, grade: 'certified', current: null, earlier: null, scratch, ...further }
  }

  return {
    root,
    write,
    lying,
    candidate,
    /** A program that stands for the engine. */
    script(text: string): string {
      const path = join(root, 'engine')
      writeFileSync(path, `#!/bin/sh\n${text}\n`)
      chmodSync(path, 0o755)
      return path
    },
    judge(
      one: Candidate,
      gate: Partial<Config['gate']>,
      scanner: ScannerConfig = { kind: 'direct' },
      context: Context = realContext(),
    ): Promise<readonly Finding[]> {
      const { package: whole, unpacked, entries, ratio } = limits
      const bounds = { package: whole, unpacked, entries, ratio }
      return judgeAtGate(one, { gate: { ...noChecks, ...gate }, scanner, limits: bounds }, context)
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** How each check ended. */
export function outcomesOf(findings: readonly Finding[]): Partial<Record<CheckName, Finding['outcome']>> {
  return Object.fromEntries(findings.map(({ check, outcome }) => [check, outcome]))
}
