import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { type BusAddress, busNames, connectBus, outsideLine } from '../../bus/connect.ts'
import { describeError } from '../../error.ts'
import type { Announcement, FeedState, RawReport, ReportFeed } from './feed.ts'
import { durable, ensureStreams, isAbsent } from './streams.ts'

/** How often the streams are looked after while all seems well. Milliseconds. */
const lookEvery = 10_000

/** A request of ours to JetStream that is not answered by then has failed. Milliseconds. */
const requestTimeout = 5000

/** What the controller hears from is all held in memory: the newest report of each host. */
interface Line {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly client: JetStreamClient
  messages: ConsumerMessages | null
  /** The newest message that nobody has acknowledged yet: doing so acknowledges those before it. */
  newest: JsMsg | null
}

/**
 * Reports over NATS JetStream: one durable pull consumer, which hears again at once when the server comes back
 * (an ordered pull consumer stays deaf for up to 44 s then). It is made anew at every start, so that the newest
 * report of every host is told once more: nothing that was acknowledged before a crash is missed.
 */
export function natsFeed(bus: BusAddress, fleet: string, now: () => Date): ReportFeed {
  const names = busNames(fleet)
  const inbox = new Map<string, Uint8Array>()
  const waiting = new Set<() => void>()
  let line: Line | null = null
  let opening: Promise<void> | null = null
  let lookedAt = 0
  let said: { readonly what: string; readonly text: string } | null = null
  let state: FeedState = {
    kind: 'nats',
    state: 'away',
    since: now().toISOString(),
    reason: 'not connected yet',
  }

  function turn(to: 'up' | 'away', reason: string | null): void {
    if (state.state !== to) state = { kind: 'nats', state: to, since: now().toISOString(), reason }
    else if (reason !== null) state = { ...state, reason }
  }

  function wake(): void {
    for (const one of waiting) one()
  }

  async function open(): Promise<void> {
    const connection = await connectBus(
      bus,
      { name: 'controller', seed: null },
      { patience: 5000, stay: 'soon' },
    )
    const { jetstream, jetstreamManager } = await import('@nats-io/jetstream')
    const options = { timeout: requestTimeout, checkAPI: false }
    const manager = await jetstreamManager(connection, options)
    line = { connection, manager, client: jetstream(connection, options), messages: null, newest: null }
    void follow(line)
    await listen(line, true)
  }

  /** Makes what is missing, and hears from it. */
  async function listen(on: Line, anew: boolean): Promise<void> {
    await ensureStreams(on.manager, fleet)
    const stream = names.reportStream
    if (anew) await on.manager.consumers.delete(stream, durable).catch(() => undefined)
    const { AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream')
    const there = await on.manager.consumers.info(stream, durable).catch((error: unknown) => {
      if (isAbsent(error)) return null
      throw error
    })
    if (there === null)
      await on.manager.consumers.add(stream, {
        durable_name: durable,
        ack_policy: AckPolicy.All,
        deliver_policy: DeliverPolicy.LastPerSubject,
        filter_subject: names.reports,
        max_ack_pending: 20_000,
      })
    if (there === null || on.messages === null) await consume(on)
    lookedAt = now().getTime()
    turn('up', null)
  }

  /** Has reports handed out as they come. */
  async function consume(on: Line): Promise<void> {
    on.messages?.stop()
    const consumer = await on.client.consumers.get(names.reportStream, durable)
    on.messages = await consumer.consume({
      max_messages: 2000,
      expires: 5000,
      idle_heartbeat: 1000,
      callback: outsideLine((message: JsMsg) => {
        const host = message.subject.slice(message.subject.lastIndexOf('.') + 1)
        inbox.set(host, message.data)
        on.newest = message
        wake()
      }),
    })
  }

  /** Says what was taken; what nobody heard of is handed out once more, which does no harm. */
  function acknowledge(): void {
    if (line === null) return
    try {
      line.newest?.ack()
    } catch (error) {
      turn('away', describeError(error))
    }
    line.newest = null
  }

  async function follow({ connection }: Line): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'error') turn('away', `the bus is ${status.type}ed`)
      if (status.type === 'reconnect') {
        lookedAt = 0
        wake()
      }
    }
  }

  async function lookAfter(): Promise<void> {
    if (line === null || line.connection.isClosed()) {
      line = null
      opening ??= open().finally(() => {
        opening = null
      })
      await opening
      return
    }
    if (now().getTime() - lookedAt < lookEvery) return
    // Closes a gap: what was deleted on the server is made anew, and hosts fill it again.
    await listen(line, false)
    if (said !== null && !(await isAnnounced(line))) await announceText(line, said.text)
  }

  /** What was said last is there for those who connect; a bucket that was emptied is filled again. */
  async function isAnnounced(on: Line): Promise<boolean> {
    const asked = { last_by_subj: names.cardSubject }
    const there = await on.manager.streams.getMessage(names.bucketStream, asked).catch((error: unknown) => {
      if (isAbsent(error) || /no message found/i.test(describeError(error))) return null
      throw error
    })
    return there !== null
  }

  async function announceText(on: Line, text: string): Promise<void> {
    await on.client.publish(names.cardSubject, text, { timeout: requestTimeout })
  }

  return {
    async take() {
      try {
        await lookAfter()
      } catch (error) {
        turn('away', describeError(error))
      }
      const reports: RawReport[] = [...inbox].map(([name, bytes]) => ({ name, bytes }))
      inbox.clear()
      acknowledge()
      return reports
    },
    state: () => state,
    wait(milliseconds, signal) {
      if (inbox.size > 0) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer)
          waiting.delete(done)
          signal.removeEventListener('abort', stop)
        }
        const done = () => {
          leave()
          resolve()
        }
        const stop = () => {
          leave()
          reject(signal.reason)
        }
        const timer = setTimeout(done, milliseconds)
        waiting.add(done)
        signal.addEventListener('abort', stop)
        if (signal.aborted) stop()
      })
    },
    async announce(hint: Announcement) {
      // A timestamp that was signed anew wakes nobody: what rings take is what is announced.
      const what = JSON.stringify([hint.number, hint.rings])
      if (line === null || what === said?.what) return
      const text = JSON.stringify(hint)
      try {
        await announceText(line, text)
        said = { what, text }
      } catch (error) {
        turn('away', describeError(error))
        lookedAt = 0
      }
    },
    async close() {
      line?.messages?.stop()
      await line?.connection.close().catch(() => undefined)
      line = null
    },
  }
}
