import type { ProtectionVerdict } from './verdict.ts'

/** The verdict of a user who may not look into a folder of the store, with nothing written down for others. */
export function unreadableVerdict(folder: string, now: Date): ProtectionVerdict {
  const advice = 'run it as the owner of the store; an update or the daemon writes status.json for everybody'
  const message = `this user may not look into ${folder}`
  const reasons = [{ code: 'facts-unreadable', message, advice } as const]
  return { state: 'unknown', since: now.toISOString(), reasons }
}

/** The verdict where the store is none. @param message what is there in its place */
export function noStoreVerdict(message: string, now: Date): ProtectionVerdict {
  const advice = 'correct store.root, or put back the folder'
  const reasons = [{ code: 'facts-unreadable', message, advice } as const]
  return { state: 'unknown', since: now.toISOString(), reasons }
}

/** The verdict on a family that no run has told of yet. */
export function neverUpdated(family: string, now: Date): ProtectionVerdict {
  const advice = `run 'defs update --family ${family}'`
  const reasons = [{ code: 'no-definitions', message: `no run has told of '${family}' yet`, advice } as const]
  return { state: 'none', since: now.toISOString(), reasons }
}
