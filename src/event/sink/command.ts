import type { DefsEvent } from '../event.ts'
import { runTool } from './run-tool.ts'
import { oneByOne, type Sink, type SinkWorld } from './sink.ts'
import type { CommandSinkConfig } from './sink-config.ts'

/**
 * A program of the admin's, run without a shell, once an event and one at a time. It finds the event in
 * `DEFS_EVENT_ID`, `_NAME`, `_LEVEL`, `_MESSAGE`, `_SET` (empty when there is none) and whole in `_JSON`; nothing of
 * an event ever becomes an argument. Status 0 says that it has taken the event.
 */
export function openCommand({ argv, timeout }: CommandSinkConfig, { env }: SinkWorld): Sink {
  return {
    take: oneByOne,
    async deliver(events, signal) {
      for (const event of events) {
        await runTool(argv, { env, variables: variablesOf(event), signal, timeout })
      }
    },
  }
}

function variablesOf(event: DefsEvent): Record<string, string> {
  const { id, name, level, message, set } = event
  const variables = {
    DEFS_EVENT_ID: String(id),
    DEFS_EVENT_NAME: name,
    DEFS_EVENT_LEVEL: level,
    DEFS_EVENT_MESSAGE: message,
    DEFS_EVENT_SET: set ?? '',
    DEFS_EVENT_JSON: JSON.stringify(event),
  }
  // A zero byte would end the variable, and Node refuses to start a program with one.
  return Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [key, value.replaceAll('\u0000', ' ')]),
  )
}
