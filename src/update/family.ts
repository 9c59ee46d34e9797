import { readdir } from 'node:fs/promises'
import type { Config, SourceConfig } from '../config/config.ts'
import { describe, type Lineage, lineages, lineagesFrom, lineagesOf } from '../config/lineage.ts'
import { DefsError, isDefsError } from '../error.ts'
import { readFamily, writeFamily } from '../hawking/line/family.ts'
import { readPointer } from '../hawking/pointer.ts'
import { setDirectory } from '../hawking/sets.ts'
import type { Store } from '../hawking/store.ts'
import type { Authentic } from '../trust/authentic.ts'
import { sourceNamed } from './route.ts'
import type { Run } from './run.ts'

/**
 * Refuses a source that cannot bring what this store is for, before anything is fetched.
 * Rule: a store keeps to its family. Stops: a slip of `--source` or one line of a schedule that puts other definitions
 * in the place of the right ones, whose dates then keep those away.
 * @throws TRUST_FAMILY, whatever was forced
 */
export async function refuseOtherSource(
  source: SourceConfig,
  { config, store }: Pick<Run, 'config' | 'store'>,
): Promise<void> {
  const family = await familyOf(store, config)
  // Its packages may hold what its kind does not tell; what it brought first was judged by its files.
  const brought = family.source === source.name
  if (!brought && !overlap(lineagesFrom(source), family.lineages))
    throw otherFamily(`'${source.name}' brings ${describe(lineagesFrom(source))}`, family, store.root)
  const product = productOf(source)
  if (family.product !== null && product !== null && family.product !== product)
    throw otherFamily(`'${source.name}' is for ${product}`, family, store.root)
}

/**
 * Refuses a run none of whose sources can bring what the store is for, before the store is touched: another trust than
 * its own would take what is current for bad.
 * @throws TRUST_FAMILY
 */
export async function refuseOtherRoute(route: readonly SourceConfig[], run: Run): Promise<void> {
  let first: unknown
  for (const source of route) {
    try {
      return await refuseOtherSource(source, run)
    } catch (error) {
      if (!isDefsError(error, 'TRUST_FAMILY')) throw error
      first ??= error
    }
  }
  if (isDefsError(first)) {
    tellRefused(first, route[0]?.name ?? null, run)
    throw first
  }
}

/**
 * Refuses a bundle of another family than the store's, before the store is touched, too.
 * @param origin what `source` says of a bundle
 * @throws TRUST_FAMILY, whatever was forced
 */
export async function refuseOtherBundle(
  files: readonly { readonly name: string }[],
  set: string,
  origin: string,
  run: Run,
): Promise<void> {
  try {
    await refuseOtherFamily(files, set, null, run)
  } catch (error) {
    if (isDefsError(error, 'TRUST_FAMILY')) tellRefused(error, origin, run)
    throw error
  }
}

function tellRefused({ code, message }: DefsError, source: string | null, run: Run): void {
  run.report('update.failed', { errorCode: code, source, reason: message })
}

/**
 * Refuses a set of another family than the store's.
 * @param files names of its files
 * @param source who brings it, by its configured name when it has one
 * @throws TRUST_FAMILY, whatever was forced
 */
export async function refuseOtherFamily(
  files: readonly { readonly name: string }[],
  what: string,
  source: string | null,
  { config, store }: Pick<Run, 'config' | 'store'>,
): Promise<void> {
  const family = await familyOf(store, config)
  const found = narrowed(lineagesOf(files), source === null ? undefined : sourceNamed(config, source))
  if (overlap(found, family.lineages)) return
  throw otherFamily(`${what} holds ${describe(found)}`, family, store.root)
}

/** Whether a set is what the store is for, as far as anything was written down. */
export async function isOfFamily({ files }: Pick<Authentic, 'files'>, { store }: Pick<Run, 'store'>) {
  const record = await readFamily(store)
  return !record || lineagesOf(files).includes(record.lineage)
}

interface Family {
  readonly lineages: readonly Lineage[]
  readonly product: string | null
  /** Who brought the first set; null where nobody wrote that down. */
  readonly source: string | null
}

/**
 * What a store is for. One that wrote nothing down is for what is current in it; an empty one for what its sources may
 * bring where families are named, and else for anything: an air gap's host imports what none of its sources brings.
 */
async function familyOf(
  store: Store,
  { sources, families }: Pick<Config, 'sources' | 'families'>,
): Promise<Family> {
  const record = await readFamily(store)
  if (record) return { lineages: [record.lineage], product: record.product, source: record.source }
  const { current } = await readPointer(store)
  const names = current === null ? [] : await readdir(setDirectory(store, current)).catch(() => [])
  const named = families.size === 0 ? [] : [...sources.values()]
  const brought = new Set(named.flatMap((source) => lineagesFrom(source)))
  const empty = brought.size === 0 ? lineages : [...brought]
  const found = names.length === 0 ? empty : lineagesOf(names.map((name) => ({ name })))
  return { lineages: found, product: null, source: null }
}

/** Remembers what the sets of a store are for, once one of them is current. @throws STORE_* */
export async function rememberFamily(
  { files }: Pick<Authentic, 'files'>,
  source: string,
  { config, context, store }: Run,
): Promise<void> {
  if (await readFamily(store)) return
  const from = sourceNamed(config, source)
  const [lineage] = narrowed(lineagesOf(files), from)
  if (lineage === undefined) return
  const product = from ? productOf(from) : null
  const since = context.now().toISOString()
  await writeFamily(store, { family: config.family, lineage, product, source, since })
}

/** Files tell what an engine reads, and where they do not, the kind of the source does. */
function narrowed(found: readonly Lineage[], source: SourceConfig | undefined): readonly Lineage[] {
  const possible = source ? lineagesFrom(source) : lineages
  const both = found.filter((lineage) => possible.includes(lineage))
  return both.length > 0 ? both : found
}

function overlap(one: readonly Lineage[], other: readonly Lineage[]): boolean {
  return one.some((lineage) => other.includes(lineage))
}

function productOf(source: SourceConfig): string | null {
  return source.kind === 'liveupdate' ? source.product.toLowerCase() : null
}

const advice = 'a store keeps to one family: give the other one a store.root of its own'

function otherFamily(what: string, { lineages: own, product }: Family, root: string): DefsError {
  const text = describe(own) + (product === null ? '' : ` for ${product}`)
  const message = `${what}, and ${root} is for ${text}: ${advice}`
  return new DefsError('TRUST_FAMILY', message, { path: root })
}
