import { stat } from 'node:fs/promises'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { openRegular } from '../../disk/foreign-file.ts'
import { openStore } from '../../hawking/store.ts'

/** How often the journal is looked at. Milliseconds. */
const every = 500

/** Hands on the events 1100 to 1119 of the journal as they are written, from now on, until the signal. */
export async function followEvents(
  config: Config,
  context: Context,
  take: (event: unknown) => void,
): Promise<void> {
  const { journal } = openStore(config.store.root, config.store.layout)
  let from = (await stat(journal).catch(() => null))?.size ?? 0
  let rest = ''
  while (!context.signal.aborted) {
    const size = (await stat(journal).catch(() => null))?.size ?? 0
    // A journal that was put aside begins anew.
    if (size < from) [from, rest] = [0, '']
    if (size > from) {
      const file = await openRegular(journal)
      try {
        const buffer = Buffer.alloc(size - from)
        await file.read(buffer, 0, buffer.length, from)
        const lines = (rest + buffer.toString('utf8')).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) hand(line, take)
      } finally {
        await file.close()
      }
      from = size
    }
    await context.sleep(every, context.signal).catch(() => undefined)
  }
}

function hand(line: string, take: (event: unknown) => void): void {
  try {
    const event: unknown = JSON.parse(line)
    const id = typeof event === 'object' && event !== null && 'id' in event ? Number(event.id) : 0
    if (id >= 1100 && id < 1120) take(event)
  } catch {
    // A line that a crash tore is no event.
  }
}
