import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream'
import { busNames } from '../../bus/connect.ts'
import { reportLimit } from '../report.ts'

const MiB = 1024 * 1024
const day = 86_400 * 1e9

/** The name under which the controller hears reports; the only consumer that a fleet needs. */
export const durable = 'controller'

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>

/**
 * The streams of a fleet. Every one is bounded in bytes: a full one without a bound refuses what all others of the
 * server are given, too, and even eats what they have reserved.
 */
export function streamsOf(fleet: string): readonly Wanted[] {
  const names = busNames(fleet)
  return [
    {
      name: names.reportStream,
      subjects: [names.reports],
      // The newest report of each host is all that counts.
      max_msgs_per_subject: 1,
      max_bytes: 128 * MiB,
      max_msg_size: reportLimit + 512,
      discard: 'old' as StreamConfig['discard'],
      num_replicas: 1,
    },
    {
      name: names.eventStream,
      subjects: [names.events],
      max_age: 90 * day,
      max_bytes: 256 * MiB,
      max_msg_size: reportLimit,
      discard: 'old' as StreamConfig['discard'],
      num_replicas: 1,
    },
    {
      // A key-value bucket as the client libraries lay it out; said again on a plain subject, so that no host needs
      // a consumer of its own.
      name: names.bucketStream,
      subjects: [`$KV.${names.bucket}.>`],
      max_msgs_per_subject: 1,
      max_bytes: MiB,
      max_msg_size: 32 * 1024,
      discard: 'new' as StreamConfig['discard'],
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_direct: true,
      num_replicas: 1,
      republish: { src: names.cardSubject, dest: names.announcement },
    },
  ]
}

/** What is wrong with a stream as it is; empty when nothing is. */
export function streamProblems(wanted: Wanted, there: StreamConfig): string[] {
  const keys = ['max_bytes', 'max_msg_size', 'max_msgs_per_subject', 'max_age', 'allow_direct'] as const
  return keys
    .filter((key) => wanted[key] !== undefined && there[key] !== wanted[key])
    .map((key) => `${wanted.name}: ${key} is ${String(there[key])}, not ${String(wanted[key])}`)
}

/** Makes the streams that are missing and sets right those that are not bounded as they should be. */
export async function ensureStreams(manager: JetStreamManager, fleet: string): Promise<string[]> {
  const made: string[] = []
  for (const wanted of streamsOf(fleet)) {
    const there = await manager.streams.info(wanted.name).catch((error: unknown) => {
      if (isAbsent(error)) return null
      throw error
    })
    if (there === null) {
      await manager.streams.add(wanted)
      made.push(wanted.name)
    } else if (streamProblems(wanted, there.config).length > 0) {
      await manager.streams.update(wanted.name, { ...there.config, ...wanted })
    }
  }
  return made
}

/** JetStream's word for a stream or consumer that is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && /not found/i.test(error.message)
}
