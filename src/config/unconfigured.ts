import { DefsError } from '../error.ts'
import type { Config } from './config.ts'

/** That there is no configuration, or none with a source: what is missing beside it does not matter yet. */
export function nothingConfigured({ file }: Pick<Config, 'file'>): DefsError {
  if (file !== null) {
    const text = `${file} names no source to update from: write one under 'sources:' ('defs config init' shows how)`
    return new DefsError('CONFIG_INVALID', text, { path: file })
  }
  const places = './defs.yaml, ~/.config/defs/, /etc/defs/'
  const text = `no configuration was found (${places}): 'defs config init' writes one, --config names another`
  return new DefsError('CONFIG_INVALID', text)
}
