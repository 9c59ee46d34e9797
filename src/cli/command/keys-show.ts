import { showKeys } from '../../publish/keys/show-keys.ts'
import type { CommandResult } from '../command-result.ts'
import { formatTime } from '../format.ts'
import { ringOf } from '../keys-access.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** Lists the keys of the internal server, never a secret. @throws KEYS_MISSING */
export async function runKeysShow(_: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const ring = ringOf(config, null)
  const view = await showKeys(ring)
  const rows = view.keys.map(({ role, id, kind, present, expires }) => [
    role,
    id.slice(0, 16),
    kind,
    present ? 'here' : 'elsewhere',
    formatTime(expires),
  ])
  const title = `root version ${view.rootVersion}, threshold ${view.threshold}`
  return {
    exitCode: 0,
    json: { directory: ring.directory, ...view },
    lines: [
      { text: title, tone: 'title' },
      ...tableLines([['role', 'id', 'kind', 'key', 'expires'], ...rows]),
    ],
  }
}
