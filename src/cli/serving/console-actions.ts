import type { Actions, Answer, Order } from '../../console/facts.ts'
import { lockHolder } from '../../disk/lock.ts'
import { openStore } from '../../hawking/store.ts'
import { limits } from '../../limits.ts'
import { type ChildRun, runInChild } from '../child-run.ts'
import type { InForce, Session } from '../session.ts'

/**
 * What can be done from the console: each action is the command of its name, in a process of its own, so that the
 * console answers meanwhile and the command's locks, bounds and exit codes hold. Who asked goes with it as the one
 * behind it, as with sudo.
 */
export function consoleActions(session: Session, inForce: InForce): Actions {
  const { environment, context, globals } = session
  return {
    async carryOut(order) {
      const { config } = inForce
      const env = { ...environment.env, SUDO_USER: order.user }
      const own = { environment: { ...environment, env }, context, globals }
      const bound = config.network.deadline + limits.mirrorMaking
      return childAnswer(order.action, await runInChild(argvOf(order), own, config.file, bound))
    },
    async atWork() {
      const { store, families } = inForce.config
      const roots = families.size > 0 ? [...families.values()] : [store.root]
      const holders = await Promise.all(
        roots.map((root) => lockHolder(openStore(root, store.layout)).catch(() => null)),
      )
      const holder = holders.find((one) => one !== null) ?? null
      if (holder === null) return null
      const own = holder.pid === process.pid
      const command = own ? 'a scheduled run' : `another run (process ${holder.pid} on ${holder.host})`
      return { command, since: holder.since, user: null }
    },
  }
}

/** What a command in a process of its own has to say, or that it said nothing. */
export function childAnswer(command: string, { json, stopped }: ChildRun): Answer {
  const message = stopped ? `${command} did not end in its time` : `${command} ended without a result`
  const body = json ?? { schema: 1, command, ok: false, exitCode: 1, error: { code: 'BUG', message } }
  return { exitCode: Number(body['exitCode']), text: `${JSON.stringify(body)}\n`, body }
}

/** The command line of an order. What people typed stands behind `=`, where it cannot pass for an option. */
function argvOf({ action, set, ring, family, until, reason, repair }: Order): string[] {
  const named = (value: string | null) => (value === null ? [] : [value])
  const why = reason === null ? [] : [`--reason=${reason}`]
  const of = family === null ? [] : [`--family=${family}`]
  switch (action) {
    case 'update':
      return ['update', ...of]
    case 'verify':
      return ['verify', ...(repair ? ['--repair'] : []), ...of]
    case 'rollback':
      return ['rollback', ...named(set), ...why, ...of]
    case 'hold':
      return ['hold', ...named(set), ...(until === null ? [] : [`--until=${until}`]), ...why, ...of]
    case 'unhold':
      return ['unhold', ...named(set), ...of]
    case 'alert-test':
      return ['events', 'test']
    case 'approve':
      return ['fleet', 'approve', ...named(ring), ...named(set), ...why]
    case 'pause':
      return ['fleet', 'pause', ...named(ring), ...why]
    case 'resume':
      return ['fleet', 'resume', ...named(ring), ...why]
    case 'halt':
      return ['fleet', 'halt', ...named(set), ...why]
    case 'fleet-rollback':
      return ['fleet', 'rollback', ...named(set), ...why]
  }
}
