import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyPatch, type PatchApplication } from '../../src/vcdiff/apply-patch.ts'
import { makePatch } from '../../src/vcdiff/make-patch.ts'

/** Whether the second opinion is there. */
export const xdelta3IsInstalled = spawnSync('xdelta3', ['-V']).error === undefined

/** A folder with the three files of a patch in it, and what can be done with them. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'vcdiff-'))
  readonly base = join(this.folder, 'base')
  readonly target = join(this.folder, 'target')
  readonly patch = join(this.folder, 'patch')
  readonly output = join(this.folder, 'output')
  readonly signal = new AbortController().signal

  /** Our patch from one content to the other. */
  async make(base: Uint8Array, target: Uint8Array): Promise<Buffer> {
    this.#clear()
    writeFileSync(this.base, base)
    writeFileSync(this.target, target)
    const { bytes } = await makePatch(this)
    const patch = readFileSync(this.patch)
    if (patch.length !== bytes) throw new Error(`says ${bytes}, wrote ${patch.length}`)
    return patch
  }

  /** What a patch makes of a base, by us; its length and digest are held against the file. */
  async apply(base: Uint8Array, patch: Uint8Array, options: Partial<PatchApplication> = {}): Promise<Buffer> {
    this.#clear()
    writeFileSync(this.base, base)
    writeFileSync(this.patch, patch)
    const { base: path, patch: from, output, signal } = this
    const common = { maxBytes: 1e9, algorithms: ['sha256'], signal } as const
    const { bytes, hashing } = await applyPatch({ base: path, patch: from, output, ...common, ...options })
    const made = readFileSync(output)
    if (made.length !== bytes) throw new Error(`says ${bytes}, wrote ${made.length}`)
    const digest = createHash('sha256').update(made).digest('hex')
    if (hashing.finish('sha256') !== digest) throw new Error('says another digest than the file has')
    return made
  }

  /** xdelta3's patch from one content to the other. */
  xdelta3Encode(base: Uint8Array, target: Uint8Array, ...flags: readonly string[]): Buffer {
    this.#clear()
    writeFileSync(this.base, base)
    writeFileSync(this.target, target)
    xdelta3('-e', '-f', ...flags, '-s', this.base, this.target, this.patch)
    return readFileSync(this.patch)
  }

  /** What xdelta3 makes of a base with a patch. */
  xdelta3Decode(base: Uint8Array, patch: Uint8Array): Buffer {
    this.#clear()
    writeFileSync(this.base, base)
    writeFileSync(this.patch, patch)
    xdelta3('-d', '-f', '-s', this.base, this.patch, this.output)
    return readFileSync(this.output)
  }

  get outputExists(): boolean {
    return existsSync(this.output)
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #clear(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { force: true })
  }
}

function xdelta3(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('xdelta3', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`xdelta3 ${args.join(' ')}: ${stderr}`)
}

/** Bytes that look random and are the same every time. */
export function noise(length: number, seed: string): Buffer {
  const pieces: Buffer[] = []
  for (let i = 0; i * 64 < length; i++) pieces.push(createHash('sha512').update(`${seed} ${i}`).digest())
  return Buffer.concat(pieces).subarray(0, length)
}
