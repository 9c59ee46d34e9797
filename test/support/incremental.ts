import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePatch } from '../../src/vcdiff/make-patch.ts'
import { zipOf } from './archive.ts'
import { type Files, makeSet, type SetOptions } from './definition-set.ts'

/** Who makes the patches: the public tool, or what we publish with. */
export type Engine = 'xdelta3' | 'ours'

/** The engines that there are on this machine. */
export const engines: readonly Engine[] =
  spawnSync('xdelta3', ['-V']).error === undefined ? ['xdelta3', 'ours'] : ['ours']

export interface IncrementalOptions extends SetOptions {
  /** The files of the base set. */
  readonly from: Files
  /** The files of the new set. */
  readonly files: Files
  readonly engine?: Engine
  /** Changes the members before they are packed. */
  readonly spoil?: (members: Map<string, Buffer>) => void
}

/** The members of an incremental package: guard, signature, patches, and in full what is new. */
export async function incrementalMembers(options: IncrementalOptions): Promise<Map<string, Buffer>> {
  const { from, files, engine = 'ours' } = options
  const members = new Map([...makeSet(options)].filter(([name]) => name === 'v.grd' || name === 'v.sig'))
  for (const [name, bytes] of files) {
    const before = from.get(name)
    if (!before) members.set(name, Buffer.from(bytes))
    else if (!Buffer.from(bytes).equals(before))
      members.set(`${name}.vcdiff`, await patchOf(before, bytes, engine))
  }
  options.spoil?.(members)
  return members
}

/** The same as the zip that a vendor publishes. */
export async function incrementalZip(options: IncrementalOptions): Promise<Buffer> {
  return zipOf(await incrementalMembers(options))
}

/** A patch from one content to another. */
export async function patchOf(before: Uint8Array, after: Uint8Array, engine: Engine): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'defs-patch-'))
  const [base, target, patch] = ['base', 'target', 'patch'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  try {
    writeFileSync(base, before)
    writeFileSync(target, after)
    if (engine === 'ours') await makePatch({ base, target, patch, signal: new AbortController().signal })
    else {
      const args = ['-e', '-f', '-S', 'none', '-s', base, target, patch]
      const { status, stderr } = spawnSync('xdelta3', args, { encoding: 'utf8' })
      if (status !== 0) throw new Error(`xdelta3: ${stderr}`)
    }
    return readFileSync(patch)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
