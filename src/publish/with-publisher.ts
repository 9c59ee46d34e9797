import { existsSync } from 'node:fs'
import { refuseUnsafeFiles } from '../config/check/trusted-files.ts'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { emptyFolder } from '../disk/foreign-file.ts'
import { withLock } from '../disk/lock.ts'
import { DefsError, isDefsError } from '../error.ts'
import { makeEvent } from '../event/make-event.ts'
import { limits } from '../limits.ts'
import { type KeyRing, readCertified, readRoot, readSigner } from './keys/key-ring.ts'
import { finishMoves } from './moves.ts'
import { type PublishPaths, preparePaths, publishPaths } from './paths.ts'
import { mayPick, pickSigner } from './picks/pick-role.ts'
import type { Finished, OpenedKeys, Publisher, PublisherRequest } from './publisher.ts'
import { readProvedTree } from './signed-offers.ts'

/**
 * Does work as the only publisher of a tree. The keys are opened first, so that nothing begins that could not be
 * signed in the end.
 * @throws CONFIG_UNSAFE, KEYS_*, STORE_BUSY, STORE_*, and what `work` throws
 */
export async function withPublisher<T>(
  request: PublisherRequest,
  config: Config,
  context: Context,
  work: (publisher: Publisher) => Promise<T>,
): Promise<T> {
  refuseUnsafeFiles(config)
  const paths = publishPaths(config, request.to)
  const keys = await openKeys(paths, request.passphrase)
  await warnOfRoot(paths.keys, context)
  warnOfGuards(keys.guard, context)
  await preparePaths(paths)
  const events: number[] = []
  const finished: Finished[] = []
  const publisher: Publisher = {
    finished,
    paths,
    keys,
    config,
    context,
    now: context.now(),
    events,
    report(name, facts) {
      const event = makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
      events.push(event.id)
      context.emit({ type: 'event', event })
    },
  }
  return withLock(paths, { wait: request.lockWait, context }, async () => {
    // What a run that was cut short left; we hold the lock, so nobody else is at work there.
    emptyFolder(paths.work)
    await refuseLostCatalog(paths, config)
    finished.push(...(await finishMoves(publisher)))
    return work(publisher)
  })
}

/**
 * Tells of a root that ends soon. Nothing but its offline keys makes another one, and past its end clients of TUF
 * believe nothing, however fresh the tree is signed.
 */
async function warnOfRoot(ring: KeyRing, context: Context): Promise<void> {
  const { expires } = (await readRoot(ring)).signed
  const left = Date.parse(expires) - context.now().getTime()
  if (left > limits.certificateWarning) return
  const ends = left > 0 ? 'ends' : 'ended'
  const text = `the root of the published tree ${ends} on ${expires.slice(0, 10)}, and clients believe nothing after that: run 'defs keys rotate root' with its offline keys`
  context.emit({ type: 'note', level: 'warning', text })
}

/** Tells of the signer of guards in the same way: only the offline key of their authority makes another one. */
function warnOfGuards({ certificate }: OpenedKeys['guard'], context: Context): void {
  const end = certificate.notAfter.value
  const left = end.getTime() - context.now().getTime()
  if (left > limits.certificateWarning) return
  const ends = left > 0 ? 'ends' : 'ended'
  const text = `the certificate that signs guards ${ends} on ${end.toISOString().slice(0, 10)}, and clients with 'trust.expired: refuse' take nothing of it after that: run 'defs keys rotate guard' with the offline key of guard-root`
  context.emit({ type: 'note', level: 'warning', text })
}

/**
 * Rule: a tree that offers channels is not made anew from a catalog that is not there. Stops: a publisher or a
 * controller that was moved without the folder beside the tree empties every channel, and forgets what was withdrawn.
 * @throws STORE_IO
 */
async function refuseLostCatalog(paths: PublishPaths, config: Config): Promise<void> {
  if (existsSync(paths.catalog)) return
  const channels = await readProvedTree(paths, config.publish).then(
    (tree) => tree?.channels ?? [],
    (error) => {
      if (isDefsError(error)) return []
      throw error
    },
  )
  if (channels.length === 0) return
  const message = `${paths.catalog} is not there, though ${paths.tree} offers ${channels.join(', ')}: put ${paths.state} back from a copy, or move ${paths.tree} away and publish anew`
  throw new DefsError('STORE_IO', message, { path: paths.catalog })
}

async function openKeys(paths: PublishPaths, passphrase: string | null): Promise<OpenedKeys> {
  return {
    targets: await readSigner(paths.keys, 'targets', passphrase),
    snapshot: await readSigner(paths.keys, 'snapshot', passphrase),
    timestamp: await readSigner(paths.keys, 'timestamp', passphrase),
    guard: await readCertified(paths.keys, 'signer', passphrase),
    picks: mayPick(paths.keys) ? await pickSigner(paths.keys, passphrase) : null,
  }
}
