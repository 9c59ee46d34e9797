import { lstatSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unsafeFiles } from '../config/check/trusted-files.ts'
import type { Config } from '../config/config.ts'
import { whoElseMayWrite } from '../disk/who-may-write.ts'
import type { Store } from '../hawking/store.ts'
import type { DoctorFinding } from './surroundings.ts'

/**
 * Who besides root and the caller could decide what this store holds or what is run for it. A store that one user owns
 * throughout is that user's (docs/contract.md section 8); what is judged then is the way to it and that all of it is
 * his. Modes are looked at where the store itself is.
 */
export function ownerFlaws(config: Config, store: Store): DoctorFinding[] {
  const files = unsafeFiles(config).map(({ key, path, message }) =>
    finding('file-unsafe', path, `${key}: ${message}`),
  )
  if (process.platform === 'win32' || config.trust.allowUnsafeFiles) return files
  return [...files, ...storeFlaws(store)]
}

function storeFlaws(store: Store): DoctorFinding[] {
  const owner = ownerOf(store.root)
  if (owner === null) return []
  const way = whoElseMayWrite(dirname(store.root), owner)
  const text = `${way}, so others could exchange ${store.root}: close what is above it to them (chown, chmod go-w)`
  const found = way === null ? [] : [finding('store-unsafe', store.root, text)]
  const others = partsOf(store).filter((path) => ![owner, null].includes(ownerOf(path)))
  const [first] = others
  if (first === undefined) return found
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`
  const mixed = `${first} belongs to user ${ownerOf(first)}${more}, but ${store.root} to user ${owner}: run chown -R on the store for the user that updates it`
  return [...found, finding('owner-mixed', first, mixed)]
}

/** The folders and files of a store that belong to whoever updates it, the files of sets apart, which have their folder. */
function partsOf(store: Store): string[] {
  const inside = [store.root, store.virusDefs, store.state].flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name))
    } catch {
      return []
    }
  })
  return [...new Set([store.virusDefs, store.state, ...inside])]
}

function ownerOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.uid ?? null
}

function finding(code: DoctorFinding['code'], path: string, message: string): DoctorFinding {
  return { code, path, message, repaired: false }
}
