import type { Invocation } from '../invocation.ts'
import type { CommandResult } from '../output.ts'
import type { Session } from '../session.ts'
import { failed, joined, runInTurn } from './in-turn.ts'

/** Runs a command: for each family in turn where none was named; the daemon looks after all of them at a time. */
export async function runForFamilies(invocation: Invocation, session: Session): Promise<CommandResult> {
  if (invocation.command !== 'daemon' || invocation.globals.family !== null)
    return runInTurn(invocation, session)
  const families = await session.families()
  return families.length < 2 ? invocation.run(session) : allAtATime(families, invocation, session)
}

/** Daemons of all families in one process, and one address at which to ask for all of them. */
async function allAtATime(
  families: readonly string[],
  { command, run }: Invocation,
  session: Session,
): Promise<CommandResult> {
  const { serveFamilies } = await import('../serving/serve-daemon.ts')
  const runs = families.map(async (family): Promise<readonly [string, CommandResult]> => {
    const result = await run(withoutListening(session.forFamily(family))).catch((error: unknown) => {
      const ended = failed(error, session)
      const text = `'${family}' is not looked after: ${ended.error?.message ?? 'its daemon ended'}`
      session.context.emit({ type: 'note', level: 'warning', text })
      return ended
    })
    return [family, result]
  })
  const served = await serveFamilies(families, session)
  try {
    // A signal ends all of them, each in its own time.
    await Promise.allSettled(runs)
    return joined(command, await Promise.all(runs))
  } finally {
    await served.close()
  }
}

// One process, one address to be asked at.
function withoutListening(session: Session): Session {
  return {
    ...session,
    async load(loading) {
      const loaded = await session.load(loading)
      const daemon = { ...loaded.config.daemon, listen: null }
      return { ...loaded, config: { ...loaded.config, daemon, console: null } }
    },
  }
}
