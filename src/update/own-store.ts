import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { SourceConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import type { Store } from '../hawking/store.ts'

/**
 * Rule: one store, one updater (seed 003: two that update shared definitions conflict). A source that is our own
 * store, or lies in it, or holds it, would be read and replaced by turns.
 * @throws SOURCE_REFUSED
 */
export async function assertNotOwnStore(config: SourceConfig, { root, virusDefs }: Store): Promise<void> {
  if (config.kind !== 'shared-sep') return
  const [theirs, ours, home] = await Promise.all([real(config.path), real(virusDefs), real(root)])
  if (!holds(theirs, ours) && !holds(home, theirs)) return
  const text = `${config.path} is our own store: one product updates it and the others read it; name another store.root or leave this source out`
  throw new DefsError('SOURCE_REFUSED', text, { source: config.name, path: config.path })
}

// What is not there yet has no other name.
function real(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path))
}

function holds(outer: string, inner: string): boolean {
  const way = relative(outer, inner)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
