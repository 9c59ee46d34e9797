import { userInfo } from 'node:os'
import type { World } from './world.ts'

/** Who runs this, for the history: behind sudo the one who called it. */
export function userOf({ env, uid }: Pick<World, 'env' | 'uid'>): string {
  const behind = env['SUDO_USER']
  if (behind) return behind
  try {
    return userInfo().username
  } catch {
    // A number without a name, as in containers.
    return `uid ${uid ?? 'unknown'}`
  }
}
