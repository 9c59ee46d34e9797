import { DefsError } from '../../error.ts'
import { type InitRequest, initKeys } from '../../publish/keys/init-keys.ts'
import type { CommandResult } from '../command-result.ts'
import { passphraseOf, passphraseVariable, placeIn, ringOf } from '../keys-access.ts'
import type { Session } from '../session.ts'

export interface KeysInitInput extends Omit<InitRequest, 'passphrase' | 'now'> {
  readonly to: string | null
  readonly unencrypted: boolean
}

/** Makes the keys of an internal server. @throws KEYS_PRESENT, KEYS_LOCKED without a passphrase, STORE_* */
export async function runKeysInit(input: KeysInitInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const passphrase = input.unencrypted ? null : await passphraseOf(config, session)
  if (passphrase === null && !input.unencrypted) {
    const message = `the keys need a passphrase: put it into a file that publish.passphraseFile names, or into ${passphraseVariable}; --unencrypted goes without`
    throw new DefsError('KEYS_LOCKED', message)
  }
  const ring = ringOf(config, placeIn(session, input.to))
  const made = await initKeys(ring, { ...input, passphrase, now: session.context.now() })
  return {
    exitCode: 0,
    json: { keys: ring.directory, ...made, encrypted: passphrase !== null },
    lines: [
      { text: `keys made in ${ring.directory}`, tone: 'good' },
      `clients get    ${made.anchor} (trust.anchors)`,
      `               ${made.tufRoot} (trust.tufRoot)`,
      { text: `take offline   ${made.offline}: needed again only for 'defs keys rotate'`, tone: 'warning' },
    ],
  }
}
