import { openCommand } from './command.ts'
import { openJournald } from './journald.ts'
import { openMail } from './mail.ts'
import { openNats } from './nats.ts'
import type { Sink, SinkWorld } from './sink.ts'
import type { SinkConfig, SinkKind } from './sink-config.ts'
import { openSnmp } from './snmp.ts'
import { openSyslog } from './syslog.ts'
import { openWebhook } from './webhook.ts'
import { openWindowsEventLog } from './windows-event-log.ts'

/** Every kind of sink; a new one is an import and a line. */
export const sinkKinds = {
  syslog: openSyslog,
  journald: openJournald,
  'windows-event-log': openWindowsEventLog,
  webhook: openWebhook,
  command: openCommand,
  mail: openMail,
  nats: openNats,
  snmp: openSnmp,
} satisfies { [K in SinkKind]: (config: Extract<SinkConfig, { kind: K }>, world: SinkWorld) => Sink }

/** The sink of a configuration. Reaches for nothing yet. */
export function openSink(config: SinkConfig, world: SinkWorld): Sink {
  switch (config.kind) {
    case 'syslog':
      return sinkKinds.syslog(config, world)
    case 'journald':
      return sinkKinds.journald(config, world)
    case 'windows-event-log':
      return sinkKinds['windows-event-log'](config, world)
    case 'webhook':
      return sinkKinds.webhook(config, world)
    case 'command':
      return sinkKinds.command(config, world)
    case 'mail':
      return sinkKinds.mail(config, world)
    case 'nats':
      return sinkKinds.nats(config, world)
    case 'snmp':
      return sinkKinds.snmp(config, world)
  }
}
