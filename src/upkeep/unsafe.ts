import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { unsafeFiles } from '../config/check/trusted-files.ts'
import type { Config } from '../config/config.ts'
import { whoElseMayWrite } from '../disk/who-may-write.ts'
import type { Store } from '../hawking/store.ts'
import type { DoctorFinding } from './surroundings.ts'

/**
 * Who besides root, the caller and the owner of a store could decide what it holds or what is run for it. A store that
 * one user owns throughout is that user's (docs/contract.md section 8); what is judged here is the way to it. Modes and
 * owners inside are looked at with the store itself.
 */
export function unsafeFlaws(config: Config, store: Store): DoctorFinding[] {
  const found = unsafeFiles(config).map(({ key, path, message }): DoctorFinding => {
    return { code: 'file-unsafe', path, message: `${key}: ${message}`, repaired: false }
  })
  const owner = lstatSync(store.root, { throwIfNoEntry: false })?.uid ?? null
  if (owner === null || config.trust.allowUnsafeFiles) return found
  const way = whoElseMayWrite(dirname(store.root), owner)
  if (way === null) return found
  const message = `${way}, so others could exchange ${store.root}: close what is above it to them (chown, chmod go-w)`
  return [...found, { code: 'store-unsafe', path: store.root, message, repaired: false }]
}
