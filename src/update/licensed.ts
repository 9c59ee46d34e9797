import { lookUpLicence } from '../licence/look-up.ts'
import { mayDownload, refusal } from '../licence/state.ts'
import type { Run } from './run.ts'

/**
 * Without a content licence nothing is downloaded, not one request is made (seeds 001 and 002); what is on disk
 * goes on being used.
 * @throws LICENCE_*
 */
export async function assertLicensed({ config, context }: Pick<Run, 'config' | 'context'>): Promise<void> {
  const state = await lookUpLicence(config.licence, context.now())
  if (!mayDownload(state)) throw refusal(state)
}
