import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, isDefsError, storeError } from '../error.ts'
import { readPointer } from '../hawking/pointer.ts'
import { type Examination, examine } from '../trust/authenticate.ts'
import type { VerifyResult } from '../update/recover/verify.ts'
import { beginRun, openOptions, type Run } from '../update/run.ts'
import { baseOf, claimOf } from './import-bundle.ts'
import { type Bundle, openBundle, readBundle } from './read-bundle.ts'
import { assertCurrent } from './statement.ts'

/**
 * Proves a bundle as `import` would and changes nothing in the store; the set is unpacked in the system's folder for
 * temporary files. Says nothing about whether it is newer than what is live.
 * @throws ARCHIVE_UNKNOWN for what is no bundle, TRUST_ANCHORS, STORE_*, INTERRUPTED
 */
export async function verifyBundle(file: string, config: Config, context: Context): Promise<VerifyResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  const bundle = await readBundle(file, run.trust, false)
  const { problems, proved } = await examined(bundle, run)
  const verdict = {
    set: bundle.statement.set,
    ok: proved !== null,
    problems: problems.map(({ file: name, code, message }) => ({ file: name, code, message })),
    signedBy: proved?.signer.name ?? null,
  }
  const { current } = await readPointer(run.store)
  const sets = [verdict]
  return { sets, repaired: false, current, events: [], error: errorOf(file, problems), rolledBack: false }
}

async function examined(bundle: Bundle, run: Run): Promise<Examination> {
  const work = await mkdtemp(join(tmpdir(), 'defs-verify-')).catch((error: unknown) => {
    throw storeError(error, 'making a folder to unpack the bundle')
  })
  try {
    assertCurrent(bundle.statement, run.startedAt)
    const base = await baseOf(bundle.statement, null, run)
    const place = { directory: join(work, 'set'), aside: join(work, 'bundle') }
    await mkdir(place.directory)
    const { opened } = await openBundle(bundle, base, place, openOptions(run))
    return examine(opened, claimOf(bundle.statement), run.trust)
  } catch (error) {
    if (!isDefsError(error) || !/^(ARCHIVE|TRUST)_/.test(error.code)) throw error
    const { code, message, facts } = error
    return { problems: [{ file: facts.path ?? null, code, message, error }], proved: null }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function errorOf(file: string, problems: Examination['problems']): DefsError | null {
  const [first] = problems
  if (!first) return null
  return new DefsError(first.code, `${file}: ${first.message}`, {
    cause: first.error,
    path: file,
    problems: problems.map(({ file: name, code, message }) => `${name ?? 'the bundle'}: ${code}: ${message}`),
  })
}
