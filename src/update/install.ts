import type { Finding } from '../gate/finding.ts'
import { activate } from '../hawking/activate.ts'
import { stage } from '../hawking/stage.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Made } from './arrive.ts'
import { introduce } from './hand-over.ts'
import { passGate } from './pass-gate.ts'
import { keepProvenance } from './provenance.ts'
import type { Run } from './run.ts'
import type { Situated } from './situation.ts'
import { unbar } from './unbar.ts'

/** Where the package of a set came from. */
export interface Origin {
  /** Configured name of the source, or `import`. */
  readonly source: string
  /** The place that delivered it, password left out. */
  readonly url: string
  /** Null for a folder. */
  readonly packageSha256: string | null
  /** Bytes that came over the wire for it in this run. */
  readonly downloaded: number
  /** What the set was made of when we sealed it ourselves. */
  readonly made?: Made | undefined
}

/**
 * Makes a proved set current, if the gate lets it pass, and hands it to the scanner; events 30 and 25. It lies in a
 * workspace of the store.
 * @returns what the gate found
 * @throws GATE_REFUSED, STORE_*, SCANNER_REFUSED, INTERRUPTED
 */
export async function install(
  authentic: Authentic,
  origin: Origin,
  situation: Situated,
  run: Run,
): Promise<readonly Finding[]> {
  const { config, context, store } = run
  const findings = await passGate(authentic, origin.source, situation, run)
  const staged = await stage(authentic, store, { group: config.store.group, context })
  await keepProvenance(origin, staged, findings, run)
  const active = await activate(staged, store, config.product)
  run.report('definitions.updated', {
    set: active.set,
    path: active.directory,
    source: origin.source,
    previous: active.previous,
    grade: authentic.grade,
    bytes: origin.downloaded,
  })
  await unbar(active.set, situation, run)
  await introduce(active, run)
  return findings
}
