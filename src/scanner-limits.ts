/** Bounds on scanners and on the programs that speak for them; part of `limits`. */
export const scannerLimits = {
  /** An answer of clamd to a command. Bytes. */
  clamdReply: 4 * KiB,
  /** One question to clamd, from connecting to the end of its answer; it answers at once even while it loads. Milliseconds. */
  clamdAnswer: 10_000,
  /** Times that clamd is told to load before it counts as one that cannot be told. */
  clamdTells: 3,
  /** How long clamd may take to load a set; a full one takes some 30 s on a small machine. Milliseconds. */
  clamdReload: 180_000,
  /** Pause between two questions to clamd. Milliseconds. */
  clamdPoll: 200,
  /** How long an engine may be missing, after a reload, before the set is refused: waiting does not bring it back. Milliseconds. */
  clamdLost: 2_000,
  /** The same for a clamd that is gone: the time that a service manager needs to start it again. Milliseconds. */
  clamdGone: 60_000,
  /** What a scanner is to detect as its proof; clamd takes 25 MiB at least. Bytes. */
  canary: 4 * MiB,
  /** How long the program that tells a scanner of a set may take, unless configured. Milliseconds. */
  scannerCommand: 60_000,
  /** Detections that the confirm window may bring, unless configured; a site of some size sees a few a minute. */
  detections: 100,
  /** From one look at a scanner that is being confirmed to the next. Milliseconds. */
  confirmEvery: 5_000,
  /** Looks in a row at which it must be unwell before a set is taken back. */
  confirmMisses: 3,
  /** The program that tells whether a scanner is well. Milliseconds. */
  scannerWatch: 30_000,
  /** A piece of a scanner's log read at a time, and the longest line of it that is understood. Bytes. */
  scannerLog: 64 * KiB,
} as const
