import { cp, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { packFolder } from '../archive/pack-folder.ts'
import { joinSignals } from '../context.ts'
import { kindAt, temporaryFolder, writeFileAtomic } from '../disk/atomic-file.ts'
import { assertSpace } from '../disk/free-space.ts'
import { renamePatiently } from '../disk/rename.ts'
import { describeError } from '../error.ts'
import { limits } from '../limits.ts'
import { shownText } from '../text/shown-address.ts'
import { readBase } from '../transport/address.ts'
import type { Run } from './run.ts'

// In an entry of the quarantine: that it was sent on, so that it is once.
const mark = 'forwarded.json'

/**
 * Sends on what was refused and is kept in quarantine, each entry once, to the place of `quarantine.forward`: into a
 * folder as it lies, to an address as `PUT <address>/<entry>.tar`. Bounded in size and time. Never throws and never
 * changes an outcome: what could not be sent stays, and the next run tries again.
 */
export async function forwardRefused(run: Run): Promise<void> {
  const { forward } = run.config.quarantine
  if (forward === null || run.context.signal.aborted) return
  // What is left of the run's own time; a little more, or a run that took all of it would never send anything.
  const left = Math.max(limits.forwardLeast, run.deadline.getTime() - run.context.now().getTime())
  const milliseconds = Math.min(limits.forwardTime, left)
  const joined = joinSignals([run.context.signal], {
    milliseconds,
    reason: () => new Error(`it took longer than ${Math.ceil(milliseconds / 1000)} s`),
  })
  try {
    for (const entry of await waitingIn(run.store.quarantine)) {
      joined.signal.throwIfAborted()
      const bytes = await bytesIn(join(run.store.quarantine, entry))
      if (bytes <= run.config.quarantine.forwardMax) await send(entry, bytes, forward, run, joined.signal)
      else tooLarge(entry, bytes, run)
      const at = run.context.now().toISOString()
      await writeFileAtomic(join(run.store.quarantine, entry, mark), `${JSON.stringify({ at })}\n`, 0o600)
    }
  } catch (error) {
    const place = shownText(forward)
    run.report('quarantine.kept', { path: place, reason: `${place}: ${describeError(error)}` })
  } finally {
    joined.release()
  }
}

/** The entries that were not sent yet. */
async function waitingIn(quarantine: string): Promise<string[]> {
  const entries = await readdir(quarantine).catch((): string[] => [])
  const waiting: string[] = []
  for (const entry of entries.sort()) {
    const folder = join(quarantine, entry)
    if ((await kindAt(join(folder, 'evidence.json'))) !== 'file') continue
    if ((await kindAt(join(folder, mark))) === 'nothing') waiting.push(entry)
  }
  return waiting
}

async function send(entry: string, bytes: number, forward: string, run: Run, signal: AbortSignal) {
  if (isAbsolute(forward)) await copyTo(entry, bytes, forward, run)
  else await putTo(entry, forward, run, signal)
  const reason = `${entry}, ${bytes} bytes, to ${shownText(forward)}`
  run.report('quarantine.forwarded', { path: join(run.store.quarantine, entry), reason })
}

function tooLarge(entry: string, bytes: number, run: Run): void {
  const { forward, forwardMax } = run.config.quarantine
  const reason = `${entry} has ${bytes} bytes, more than quarantine.forwardMax (${forwardMax})`
  run.report('quarantine.kept', { path: shownText(forward ?? ''), reason })
}

/** Copies an entry under its name, whole or not at all; a folder that is full takes no more. */
async function copyTo(entry: string, bytes: number, folder: string, run: Run): Promise<void> {
  const place = join(folder, entry)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await kindAt(place)) !== 'nothing') return
  const there = await bytesIn(folder)
  const { forwardMax } = run.config.quarantine
  if (there + bytes > forwardMax) {
    throw new Error(`${there} bytes are there already, quarantine.forwardMax is ${forwardMax}: empty it`)
  }
  assertSpace(folder, bytes, run.config.store.reserve)
  const aside = temporaryFolder(folder)
  try {
    await cp(join(run.store.quarantine, entry), aside, { recursive: true, verbatimSymlinks: true })
    await renamePatiently(aside, place)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

async function putTo(entry: string, address: string, run: Run, signal: AbortSignal): Promise<void> {
  const base = readBase(address, { username: null, password: null })
  const url = new URL(`${entry}.tar${base.query}`, base.url)
  const auth = base.login === null ? {} : { auth: `${base.login.username}:${base.login.password}` }
  const options = {
    method: 'PUT',
    headers: { 'content-type': 'application/x-tar', 'user-agent': run.config.network.userAgent },
    agent: false,
    signal,
    timeout: run.config.network.stallTimeout,
    ...auth,
  }
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest
  const status = await new Promise<number>((resolve, reject) => {
    const request = open(url, options, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer came')))
    pipeline(packFolder(run.store.quarantine, entry), request).catch(reject)
  })
  if (status < 200 || status >= 300) throw new Error(`it answered ${status}`)
}

/** The bytes of everything in a folder, links not followed. */
async function bytesIn(path: string): Promise<number> {
  const status = await lstat(path).catch(() => null)
  if (status === null) return 0
  if (!status.isDirectory()) return status.size
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesIn(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}
