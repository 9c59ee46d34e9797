import type { Config } from '../config/config.ts'
import { DefsError, type ErrorCode, errorCodes } from '../error.ts'
import { limits } from '../limits.ts'
import type { PublishPaths } from '../publish/paths.ts'
import type { TreeDuties } from '../schedule/daemon-tasks.ts'
import { keyOf } from '../schedule/rule.ts'
import { type ChildRun, runInChild } from './child-run.ts'
import type { Session } from './session.ts'

/**
 * Mirroring by schedule: `defs publish --from` in a process of its own, since packing and patching would keep a
 * server from answering.
 * @param to another tree than the configured one
 */
export function treeDuties(session: Session, config: Config, to: string | null): TreeDuties {
  // What publishes is loaded by those who do: a daemon without a tree lives for months without it.
  const pathsOf = async (): Promise<PublishPaths> =>
    (await import('../publish/paths.ts')).publishPaths(config, to)
  let fresh = Number.NEGATIVE_INFINITY
  return {
    async mirror(source, channel, context) {
      const paths = await pathsOf()
      const { writeMirror } = await import('../publish/mirror.ts')
      const began = context.now().toISOString()
      const note = (outcome: 'succeeded' | 'failed') =>
        writeMirror(paths, keyOf({ source, channel }), { lastAttempt: began, outcome })
      const argv = [
        'publish',
        '--from',
        source,
        '--channel',
        channel,
        '--lock-wait',
        '60',
        '--new',
        '--rapid',
      ]
      const where = to === null ? [] : ['--to', to]
      const bound = config.network.deadline + limits.mirrorMaking
      const run = await runInChild([...argv, ...where], { ...session, context }, config.file, bound)
      if (context.signal.aborted) throw context.signal.reason
      const failure = failureOf(run, source)
      await note(failure ? 'failed' : 'succeeded').catch(() => undefined)
      if (failure) throw failure
    },
    async freshen(context) {
      const paths = await pathsOf()
      const { freshen, freshenEvery, picksWait } = await import('../publish/renew.ts')
      const { passphraseOf } = await import('./keys-access.ts')
      const now = context.now().getTime()
      if (now - fresh < freshenEvery(config) && !(await picksWait(paths))) return
      fresh = now
      const passphrase = await passphraseOf(config, session)
      await freshen({ to, passphrase, lockWait: 60_000 }, config, context)
    },
    async remembered() {
      const { peekMirrors } = await import('../publish/mirror.ts')
      return peekMirrors(await pathsOf())
    },
  }
}

function failureOf({ json, stopped }: ChildRun, source: string): DefsError | null {
  if (json?.['ok'] === true) return null
  if (stopped) return new DefsError('SOURCE_DEADLINE', `mirroring ${source} did not end in time`, { source })
  const { code, message, until } = { ...Object(json?.['error']) }
  const known = errorCodes.find((one): one is ErrorCode => one === code) ?? 'BUG'
  const text = typeof message === 'string' ? message : 'the process that mirrors ended without a result'
  return new DefsError(known, text, {
    source,
    ...(typeof until === 'string' ? { until: new Date(until) } : {}),
  })
}
