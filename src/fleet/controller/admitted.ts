import { isNkey } from '../../bus/nkey.ts'
import { isToken } from '../../config/fleet.ts'
import { count, nullable, object, type Shape, tableOf, text, truth } from '../../disk/json-shape.ts'
import { DefsError } from '../../error.ts'
import type { FactDisk } from '../fact-file.ts'
import { reportShape, setShape } from '../report.ts'
import type { Admitted, Heard } from '../roster.ts'

const entry = object<Admitted>({ key: text, labels: tableOf(text), at: text })
const entries: Shape<object> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
const table = object({ hosts: entries })

/**
 * The hosts that may report, by name.
 * @throws STORE_RECORD when the list makes no sense: whoever took it for empty would write the others away
 */
export async function readAdmitted(path: string, disk: FactDisk): Promise<Map<string, Admitted>> {
  const read = await disk.read(path)
  if (read === null) return new Map()
  const hosts = table(parsed(read))?.hosts
  if (!hosts) throw broken(path, 'it is no list of admitted hosts')
  return new Map(
    Object.entries(hosts).map(([name, value]) => {
      const host = entry(value)
      if (!host || !isToken(name) || !isNkey(host.key)) throw broken(path, `the entry of ${name} is none`)
      return [name, host]
    }),
  )
}

function broken(path: string, what: string): DefsError {
  const message = `${path}: ${what}: put it back from a copy, or remove it and admit the hosts again`
  return new DefsError('STORE_RECORD', message, { path })
}

/** The same for whoever looks again and again: read anew only when somebody has written it. */
export class AdmittedList {
  readonly #path: string
  readonly #disk: FactDisk
  #mark = ''
  #hosts: ReadonlyMap<string, Admitted> = new Map()

  constructor(path: string, disk: FactDisk) {
    this.#path = path
    this.#disk = disk
  }

  /** The same table as long as there is no other. @throws STORE_* */
  async read(): Promise<ReadonlyMap<string, Admitted>> {
    const mark = await this.#disk.mark(this.#path)
    if (mark !== this.#mark) {
      this.#hosts = await readAdmitted(this.#path, this.#disk)
      this.#mark = mark
    }
    return this.#hosts
  }
}

/** Replaces the list of hosts that may report. */
export async function writeAdmitted(
  path: string,
  admitted: ReadonlyMap<string, Admitted>,
  disk: FactDisk,
): Promise<void> {
  const hosts = Object.fromEntries([...admitted].sort(([a], [b]) => (a < b ? -1 : 1)))
  await disk.replace(path, `${JSON.stringify({ schema: 1, hosts }, null, 1)}\n`)
}

const heardShape = object<Heard>({
  key: text,
  report: reportShape,
  receivedAt: count,
  takingSince: nullable(count),
  goodSince: nullable(object({ set: setShape, proved: truth, at: count })),
  conflictAt: nullable(count),
})

/**
 * What was heard until the controller ended. It is no fact: whoever loses it, or an entry of it, hears the newest
 * reports again, and only the moments at which a host was well begin anew.
 */
export async function readHeard(path: string, disk: FactDisk): Promise<Map<string, Heard>> {
  const hosts = object({ hosts: tableOf(heardShape) })(parsed((await disk.read(path)) ?? ''))?.hosts ?? {}
  return new Map(Object.entries(hosts).filter(([name, { report }]) => isToken(name) && report.host === name))
}

/** Keeps what was heard: host by host, for all of them as one text are many megabytes. */
export async function writeHeard(
  path: string,
  heard: ReadonlyMap<string, Heard>,
  disk: FactDisk,
): Promise<void> {
  await disk.replace(path, piecesOf(heard))
}

function* piecesOf(heard: ReadonlyMap<string, Heard>): Generator<string> {
  let piece = '{"schema":1,"hosts":{'
  let first = true
  for (const [name, one] of heard) {
    piece += `${first ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(one)}`
    first = false
    if (piece.length < 65_536) continue
    yield piece
    piece = ''
  }
  yield `${piece}}}\n`
}

function parsed(text_: string): unknown {
  try {
    return JSON.parse(text_)
  } catch {
    return undefined
  }
}
