import { existsSync } from 'node:fs'
import { makeEvent } from '../../event/make-event.ts'
import { audit } from '../../publish/audit.ts'
import { openDesk } from '../../publish/desk.ts'
import type { Rotatable } from '../../publish/keys/key-ring.ts'
import { rotateKey } from '../../publish/keys/rotate-key.ts'
import { renew } from '../../publish/renew.ts'
import type { CommandResult } from '../command-result.ts'
import { keepJournal } from '../journal-listener.ts'
import { passphraseOf, placeIn } from '../keys-access.ts'
import type { Session } from '../session.ts'

export interface KeysRotateInput {
  readonly role: Rotatable
  readonly to: string | null
}

/** Replaces the key of a role and signs what is published anew. @throws KEYS_*, STORE_* */
export async function runKeysRotate(input: KeysRotateInput, session: Session): Promise<CommandResult> {
  const { role } = input
  const to = placeIn(session, input.to)
  const { config } = await session.load()
  const { context } = session
  const passphrase = await passphraseOf(config, session)
  const desk = openDesk(config, to)
  const journal = keepJournal(session, config)
  try {
    const now = context.now()
    const rotated = await rotateKey(desk.keys, role, { passphrase, now })
    const published = existsSync(desk.catalog)
    if (published) {
      await renew({ to, passphrase, lockWait: 60_000 }, config, context)
      await audit(desk, { action: 'rotated', set: null, channel: null, from: null, reason: role }, now)
    }
    const event = makeEvent('key.rotated', { reason: role }, { now, productVersion: config.product.version })
    context.emit({ type: 'event', event })
    const version = rotated.rootVersion === null ? '' : `; the root is version ${rotated.rootVersion} now`
    return {
      exitCode: 0,
      json: { ...rotated, published, events: [event.id] },
      lines: [{ text: `the ${role} key was replaced${version}`, tone: 'good' }],
    }
  } finally {
    await journal.flush()
  }
}
