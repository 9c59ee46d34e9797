import { rm } from 'node:fs/promises'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import type { SetName } from '../set-name.ts'
import { readIni } from '../text/ini.ts'
import type { Store } from './store.ts'

/** The consumers (product codes) that `usage.dat` lists, by the section they stand in: a set's name, normally. */
export function readUsage(text: string): ReadonlyMap<string, readonly string[]> {
  const usage = new Map<string, readonly string[]>()
  for (const { name, entries } of readIni(text).sections) {
    usage.set(name, [...(usage.get(name) ?? []), ...entries.keys()])
  }
  return usage
}

/**
 * Lists a consumer under one set and nowhere else (the cure of TECH84196, docs/domain.md section 1.1). The
 * lines of every other consumer stay as they are, comments included; a section left without a line is dropped.
 * CRLF throughout.
 */
export function moveConsumer(text: string, consumer: string, set: SetName): string {
  const blocks = withoutConsumer(text, consumer)
  let target = blocks.find(({ section }) => section === set)
  if (!target) {
    target = { section: set, lines: [] }
    blocks.push(target)
  }
  target.lines.push(`${consumer}=1`)
  return blocks.map(textOf).join('')
}

/** Lists a consumer nowhere any more, the lines of all others as they are. */
export function dropConsumer(text: string, consumer: string): string {
  return withoutConsumer(text, consumer).map(textOf).join('')
}

function withoutConsumer(text: string, consumer: string): Block[] {
  const blocks = blocksOf(text)
  for (const block of blocks) block.lines = block.lines.filter((line) => !names(line, consumer))
  return blocks
}

interface Block {
  /** Null for what stands before the first section. */
  readonly section: string | null
  lines: string[]
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [{ section: null, lines: [] }]
  for (const raw of text.replace(/^\uFEFF/, '').split('\n')) {
    const line = raw.trim()
    const header = /^\[(.*)\]$/.exec(line)
    if (header) blocks.push({ section: header[1] ?? '', lines: [] })
    else if (line !== '') blocks.at(-1)?.lines.push(line)
  }
  return blocks
}

// Product codes are compared in any case, as Windows readers of INI files do.
function names(line: string, consumer: string): boolean {
  const equals = line.indexOf('=')
  return equals > 0 && line.slice(0, equals).trimEnd().toLowerCase() === consumer.toLowerCase()
}

function textOf({ section, lines }: Block): string {
  if (lines.length === 0) return ''
  return [...(section === null ? [] : [`[${section}]`]), ...lines].map((line) => `${line}\r\n`).join('')
}

/** The consumers by section of `usage.dat`; empty when it is absent. @throws STORE_* */
export async function consumersOf(
  store: Pick<Store, 'usage'>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return readUsage(await load(store))
}

/** Lists our product under one set in `usage.dat`, other products' lines untouched. @throws STORE_* */
export async function listConsumer(
  store: Pick<Store, 'usage'>,
  product: string,
  set: SetName,
): Promise<void> {
  await writeFileAtomic(
    store.usage,
    Buffer.from(moveConsumer(await load(store), product, set), 'latin1'),
    0o644,
  )
}

/** Takes our product out of `usage.dat`, other products' lines untouched; without any line left the file goes. @throws STORE_* */
export async function unlistConsumer(store: Pick<Store, 'usage'>, product: string): Promise<void> {
  const rest = dropConsumer(await load(store), product)
  if (rest === '') await rm(store.usage, { force: true })
  else await writeFileAtomic(store.usage, Buffer.from(rest, 'latin1'), 0o644)
}

// Latin-1 keeps every byte of other products' lines as it is, whatever their encoding.
async function load(store: Pick<Store, 'usage'>): Promise<string> {
  return (await readFileOrNull(store.usage))?.toString('latin1') ?? ''
}
