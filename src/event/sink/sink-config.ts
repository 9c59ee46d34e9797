import type { EventName, Level } from '../catalogue.ts'
import type { SinkHours } from './hours.ts'
import type { Facility, SyslogAddress } from './syslog-message.ts'

/** What every configured sink has; durations are milliseconds, paths absolute. */
interface Common {
  /** Stands in messages and names the folder of what waits. */
  readonly name: string
  /** The events that are sent; null for all of `level` and above. */
  readonly events: readonly EventName[] | null
  readonly level: Level
  /** What is sent whatever its level. */
  readonly beside?: readonly EventName[]
  /** When it is told; absent for always. */
  readonly hours?: SinkHours
  /** The same event again within this time is counted and not sent; 0 for never. */
  readonly coalesce: number
}

/** A password or key, which stands in neither the configuration nor the arguments. */
export interface SecretSource {
  /** Its first line is the secret. */
  readonly file: string | null
  /** An environment variable that holds it. */
  readonly variable: string | null
}

export interface SyslogConfig extends Common {
  readonly kind: 'syslog'
  readonly address: SyslogAddress
  readonly facility: Facility
  /** PEM file for TLS; null for the system's authorities and those of Node.js. */
  readonly authorities: string | null
}

export interface JournaldConfig extends Common {
  readonly kind: 'journald'
}

export interface WindowsEventLogConfig extends Common {
  readonly kind: 'windows-event-log'
}

export interface WebhookConfig extends Common {
  readonly kind: 'webhook'
  readonly url: string
  readonly username: string | null
  readonly password: string | null
  /** Signs each request; both null for no signature. */
  readonly secret: SecretSource
  /** Further tries within one delivery. */
  readonly retries: number
  readonly authorities: string | null
}

export interface CommandSinkConfig extends Common {
  readonly kind: 'command'
  readonly argv: readonly string[]
  readonly timeout: number
}

export interface MailConfig extends Common {
  readonly kind: 'mail'
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'tls' | 'none'
  readonly username: string | null
  readonly password: SecretSource
  /** Name that is shown, and address. */
  readonly from: { readonly name: string; readonly address: string }
  /** Without any, nothing is sent. */
  readonly to: readonly string[]
  /** Templates; see mail-text.ts. */
  readonly subject: string
  readonly body: string
  readonly authorities: string | null
}

/** The bus of the fleet that this host belongs to. */
export interface NatsConfig extends Common {
  readonly kind: 'nats'
  readonly servers: readonly string[]
  readonly credentials: string | null
  readonly ca: string | null
  readonly fleet: string
  /** Name of this host in its fleet; `auto` for one made from the machine. */
  readonly host: string
}

export interface SnmpConfig extends Common {
  readonly kind: 'snmp'
  readonly host: string
  readonly port: number
  readonly version: '2c' | '3'
  /** Of version 2c. */
  readonly community: SecretSource
  /** Of version 3, as all below. */
  readonly user: string
  readonly security: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv'
  readonly authProtocol: 'sha' | 'sha256' | 'sha512'
  readonly authKey: SecretSource
  readonly privProtocol: 'aes' | 'aes256b' | 'aes256r'
  readonly privKey: SecretSource
  /** Hexadecimal; null for one made of the name of the machine. */
  readonly engine: string | null
  /** Above the numbers of all traps and their values. */
  readonly oid: string
}

/** One configured sink. */
export type SinkConfig =
  | SyslogConfig
  | JournaldConfig
  | WindowsEventLogConfig
  | WebhookConfig
  | CommandSinkConfig
  | MailConfig
  | NatsConfig
  | SnmpConfig

/** The kinds, as `kind` in `events.sinks` names them. */
export type SinkKind = SinkConfig['kind']
