import { hostname } from 'node:os'
import type { Config } from '../../config/config.ts'
import type { ConsoleParts } from '../../console/facts.ts'
import type { ConsoleServer } from '../../console/server.ts'
import { makePrivateFolder } from '../../disk/private-folder.ts'
import { programVersion } from '../../disk/program-version.ts'
import { describeError } from '../../error.ts'
import { makeEvent } from '../../event/make-event.ts'
import { openStore } from '../../hawking/store.ts'
import { readSetName } from '../../set-name.ts'
import type { InForce, Session } from '../session.ts'

/** What is served of a console: the pages of this host, of a fleet, or both. */
export interface ConsoleShare {
  readonly host: boolean
  readonly fleet: boolean
}

/**
 * Serves the console as it is configured; null without one. It is a convenience: a port that is taken must not keep
 * definitions from being updated, and is told.
 */
export async function startConsole(
  session: Session,
  inForce: InForce,
  { host, fleet }: ConsoleShare,
): Promise<ConsoleServer | null> {
  const { config } = inForce
  if (config.console === null) return null
  const { context } = session
  const [{ serveConsole }, { hostFacts, fleetFacts }, { consoleActions }, { readTokens }, { clientOf }] =
    await Promise.all([
      import('../../console/server.ts'),
      import('./console-facts.ts'),
      import('./console-actions.ts'),
      import('../../publish/serve/serve.ts'),
      import('../../publish/serve/logins.ts'),
    ])
  const { journal, state } = openStore(config.store.root, config.store.layout)
  try {
    await makePrivateFolder(state)
    const tokens = config.console.tokens === null ? new Map() : await readTokens(config.console.tokens)
    const parts: ConsoleParts = {
      settings: config.console,
      title: hostname(),
      version: programVersion(),
      host: host ? hostFacts(session, inForce) : null,
      fleet: fleet ? fleetFacts(session, inForce) : null,
      actions: consoleActions(session, inForce),
      journal,
      furtherJournals: furtherJournals(config),
      state,
      tell(name, { set, ...facts }) {
        const productVersion = inForce.config.product.version
        const named = { ...facts, set: set === undefined ? null : (readSetName(set) ?? null) }
        context.emit({ type: 'event', event: makeEvent(name, named, { now: context.now(), productVersion }) })
      },
      now: context.now,
    }
    const served = await serveConsole(parts, (authorization) => clientOf(authorization, tokens))
    context.emit({ type: 'note', level: 'information', text: `the console is at ${served.url}` })
    return served
  } catch (error) {
    const text = `no console is served at ${config.console.host} port ${config.console.port}: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text })
    return null
  }
}

/** The journals of the families beside the one whose store keeps what the console remembers. */
function furtherJournals({ families, store }: Config): Map<string, string> {
  const others = [...families].filter(([, root]) => root !== store.root)
  return new Map(others.map(([family, root]) => [family, openStore(root, store.layout).journal]))
}
