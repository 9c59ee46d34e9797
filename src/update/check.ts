import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { Grade, SetName } from '../set-name.ts'
import { choosePackage } from './acquire/acquired.ts'
import { askInTurn } from './dry-run.ts'
import { recordedState } from './recorded-state.ts'
import { routeOf } from './route.ts'
import { beginRun } from './run.ts'

export interface CheckRequest {
  /** Only this source; null for the configured one and then its fallbacks. */
  readonly source: string | null
  /** Milliseconds, null for `network.deadline`. */
  readonly timeout: number | null
}

/** The outcome of `check` (docs/contract.md section 3). */
export interface CheckResult {
  readonly source: string
  readonly current: SetName | null
  /** Null when only the opened package would tell, or nothing is offered. */
  readonly offered: SetName | null
  readonly newer: boolean
  readonly reason: string | null
  readonly grade: Grade | null
  readonly sequence: number | null
  readonly bytes: number | null
}

/** Asks what is on offer and changes no set; only a wish to be left alone is remembered. */
export async function check(request: CheckRequest, config: Config, context: Context): Promise<CheckResult> {
  const route = routeOf(config, request.source)
  const run = beginRun(config, context, { timeout: request.timeout, force: false })
  const state = await recordedState(run)
  const { source, offer, verdict } = await askInTurn(route, state, run)
  return {
    source,
    current: state.current?.set ?? null,
    offered: offer?.set ?? null,
    newer: verdict.take,
    reason: verdict.take ? null : verdict.reason,
    grade: offer?.grade ?? null,
    sequence: offer?.sequence?.number ?? null,
    bytes: offer ? choosePackage(offer, state.current?.set ?? null).bytes : null,
  }
}
