import type { LiveUpdateConfig } from '../config/config.ts'
import type { Connect, Source } from './source.ts'
import { indexSource } from './tri/index-source.ts'

/** LiveUpdate certified definitions, from an ordered list of hosts (contract section 7). @throws CONFIG_INVALID */
export function liveUpdate(config: LiveUpdateConfig, connect: Connect): Source {
  return indexSource(config, '', connect)
}
