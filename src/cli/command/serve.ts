import { existsSync } from 'node:fs'
import { openDesk } from '../../publish/desk.ts'
import { keepFresh } from '../../publish/serve/keep-fresh.ts'
import { serve } from '../../publish/serve/serve.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import { passphraseOf, placeIn } from '../keys-access.ts'
import type { Session } from '../session.ts'

export interface ServeInput {
  readonly root: string | null
  readonly port: number | null
  readonly host: string | null
  readonly listing: boolean
}

/** Serves the tree until a signal comes, which is its good end. @throws SERVE_LISTEN, CONFIG_INVALID, STORE_* */
export async function run(input: ServeInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { context } = session
  const to = placeIn(session, input.root)
  const desk = openDesk(config, to)
  const { host, port } = config.serve
  const request = {
    root: desk.tree,
    host: input.host ?? host,
    port: input.port ?? port,
    listing: input.listing,
  }
  const journal = keepJournal(session, config)
  try {
    const passphrase = await passphraseOf(config, session)
    // A machine that only serves has no keys, and the one that has them signs.
    const signs = existsSync(desk.keys.roots) && existsSync(desk.catalog)
    const { url } = await serve(request, config.serve, context, async () => {
      if (signs) await keepFresh({ to, passphrase, lockWait: 0 }, config, context)
    })
    return { exitCode: 0, json: { url, root: desk.tree }, lines: [`served ${desk.tree} at ${url}`] }
  } finally {
    await journal.flush()
  }
}
