/** Bounds on what comes as ClamAV's databases and their patches; part of limits.ts. */
export const databaseLimits = {
  /** The `.info` of a ClamAV database: a line a file. Bytes. */
  databaseInfo: 1 * MiB,
  /** A line of a ClamAV database that is patched: the longest real ones have some hundred KiB. Bytes. */
  databaseLine: 8 * MiB,
  /** A patch of a ClamAV database (cdiff), as sent; for more the whole database is no longer. Bytes. */
  databasePatch: 16 * MiB,
  /** Its script, unpacked. Bytes. */
  databaseScript: 256 * MiB,
  /** A line of that script: the new line, and what stands before it. Bytes. */
  databaseCommand: 9 * MiB,
  /** What one member's changes take in memory until they are carried out. Bytes; number. */
  databaseEdits: 24 * MiB,
  databaseEditsCount: 200_000,
  /** Lines to be added that are kept in memory before they go to the disk. Bytes. */
  databaseAdditions: 1 * MiB,
  /** Times that one patch may have a member written anew: a member each, and some moves. */
  databaseRewrites: 1024,
} as const
