/** Bounds on the gate and on the programs it runs; part of `limits`. */
export const gateLimits = {
  /** Samples and known-clean files that the gate scans, all together; each costs a moment at every update. */
  gateFiles: 10_000,
  /** What the gate's engine prints: a line for each of those files that it detects. Bytes. */
  gateOutput: 8 * MiB,
  /** What the gate says of one check in events and records. Characters. */
  gateText: 1000,
  /** How long a program of the gate may take; a full set of ClamAV takes half a minute to load. Milliseconds. */
  gateTimeout: 10 * 60_000,
  /** Address space of the gate's engine; a full set of ClamAV takes some 1.5 GiB. Bytes. */
  gateMemory: 4 * GiB,
  /** A set below this may become many times as large. Bytes. */
  gateGrowthFrom: 64 * MiB,
} as const
