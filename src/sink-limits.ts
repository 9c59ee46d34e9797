/** Bounds on carrying events to their receivers; part of `limits`. */
export const sinkLimits = {
  /** Configured sinks. */
  sinks: 16,
  /** How long a run waits for its sinks when it ends; the next run goes on. Milliseconds. */
  sinkFlush: 5_000,
  /** The same after a signal. Milliseconds. */
  sinkFlushInterrupted: 1_000,
  /** One delivery to one sink, where nobody waits for it. Milliseconds. */
  sinkDelivery: 30_000,
  /** A sink that fails is told of this often. Milliseconds. */
  sinkReport: 60 * 60 * 1000,
  /** Events that wait for one sink; the oldest go first. */
  spoolEntries: 1000,
  /** One waiting event; a longer text is cut. With the count above: 16 MiB a sink. Bytes. */
  spoolEntry: 16 * KiB,
  /** A delivery that holds a spool longer was killed. Milliseconds. */
  spoolLock: 2 * 60_000,
  /** Events whose repeats one sink keeps in mind. */
  repeats: 500,
  /** A syslog datagram: what every receiver should take (RFC 5424 section 6.1). Bytes. */
  syslogDatagram: 2048,
  /** A syslog message over TCP or TLS (RFC 5425 section 4.3.1). Bytes. */
  syslogMessage: 8192,
  /** How long the network has to say that nobody listens to a datagram. Milliseconds. */
  syslogDatagramAnswer: 50,
  /** Events in one connection, one mail. */
  sinkTogether: 100,
  /** More events than this make one mail of all. */
  mailSingles: 3,
  /** The subject of a mail. Characters. */
  mailSubject: 200,
  /** From SIGTERM to SIGKILL for a program that takes events: a run waits for it. Milliseconds. */
  sinkGrace: 500,
} as const
