import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../../src/context.ts'
import type { Report } from '../../src/event/report.ts'
import type { DownloadTarget } from '../../src/fetch/job.ts'
import type { Offer, PackageFile } from '../../src/source/source.ts'
import type { Remote } from '../../src/transport/transport.ts'

/** A folder for downloads that goes away afterwards. */
export function partialFolder(): { partial: string; remove: () => void } {
  const partial = mkdtempSync(join(tmpdir(), 'defs-fetch-'))
  return { partial, remove: () => rmSync(partial, { recursive: true, force: true }) }
}

export function placeAt(partial: string, change: Partial<DownloadTarget> = {}): DownloadTarget {
  return {
    partial,
    reserve: 0,
    maxBytes: 1 << 30,
    throughput: 0,
    deadline: null,
    tries: 3,
    ...change,
  }
}

/** An offer of one package; everything that is not given is unknown. */
export function offerOf(remotes: readonly Remote[], change: Partial<PackageFile> = {}): Offer {
  return {
    source: 'test',
    kind: 'liveupdate',
    set: null,
    sequence: null,
    grade: 'certified',
    package: {
      name: 'package.zip',
      bytes: null,
      exact: false,
      digests: [],
      digestTries: 1,
      unpackedBytes: 0,
      remotes,
      fingerprint: null,
      folder: null,
      ...change,
    },
    incremental: [],
    indexSignedBy: null,
    failedHosts: [],
  }
}

/** A context whose pauses take no time and are noted. */
export function quickContext(
  change: Partial<Context> = {},
): Context & { reports: Report[]; pauses: number[] } {
  const reports: Report[] = []
  const pauses: number[] = []
  return {
    now: () => new Date(),
    async sleep(milliseconds, signal) {
      pauses.push(milliseconds)
      signal?.throwIfAborted()
    },
    random: () => 0.5,
    signal: new AbortController().signal,
    emit: (report) => {
      reports.push(report)
    },
    ...change,
    reports,
    pauses,
  }
}
