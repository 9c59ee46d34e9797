import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isAbsolute, relative, sep } from 'node:path'
import { refuseUnsafeFiles } from '../../config/check/trusted-files.ts'
import type { Config } from '../../config/config.ts'
import { joinSignals } from '../../context.ts'
import { DefsError } from '../../error.ts'
import { readDaemon } from '../../hawking/notices.ts'
import { openStore } from '../../hawking/store.ts'
import { listChannels } from '../../publish/channels.ts'
import { preparePaths, publishPaths } from '../../publish/paths.ts'
import { keepFresh } from '../../publish/renew.ts'
import { serverMetrics, type Tally } from '../../publish/serve/metrics.ts'
import { serve } from '../../publish/serve/serve.ts'
import { openOutlets } from '../journal-listener.ts'
import { passphraseOf, placeIn, treeAt } from '../keys-access.ts'
import type { CommandResult } from '../output.ts'
import { type Replacement, watchReplaced } from '../replaced.ts'
import type { Session } from '../session.ts'

export interface ServeInput {
  readonly root: string | null
  readonly port: number | null
  readonly host: string | null
  readonly listing: boolean
}

/**
 * Serves the tree until a signal comes, which is its good end. Meanwhile it is signed anew, and the lines of the
 * schedule with `publish` are carried out.
 * @throws SERVE_LISTEN, CONFIG_INVALID, STORE_*; INTERRUPTED when its program was replaced below a service manager
 */
export async function runServe(input: ServeInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ writes: treeAt(session, input.root) })
  const { context } = session
  const to = placeIn(session, input.root)
  const paths = publishPaths(config, to)
  refuseUnsafeFiles(config)
  await refusePrivate(paths.tree, [
    paths.keys.directory,
    publishPaths(config, null).state,
    openStore(config.store.root, config.store.layout).state,
  ])
  const { host, port } = config.serve
  const request = {
    root: paths.tree,
    host: input.host ?? host,
    port: input.port ?? port,
    listing: input.listing,
    metrics: (served: Tally) => serverMetrics(paths, served, context.now()),
    channels: () => listChannels(config, to),
  }
  const schedule = config.schedule.filter(({ publish }) => publish !== null)
  // The first mirror makes the tree; its server must not wait for that.
  if (schedule.length > 0) await preparePaths(paths)
  const outlets = openOutlets(session, config)
  const journal = { flush: outlets.flush }
  const { openAlarm } = await import('../../schedule/alarm.ts')
  const { openServiceManager } = await import('../../schedule/service-manager.ts')
  const { listens } = openServiceManager(session.environment.env)
  const program = watchReplaced(session, { config }, 'the server', listens)
  const ends = joinSignals([context.signal, program.signal])
  const whileOurs = { ...context, signal: ends.signal }
  // A server runs for months: who tries a wrong token is told of now.
  const alarm = openAlarm([{ run: outlets.deliver, due: outlets.due }, program.task])
  session.listen((heard) => {
    if (heard.type === 'event') alarm.replan()
  })
  try {
    const passphrase = await passphraseOf(config, session)
    const { url } = await serve(request, config.serve, whileOurs, async () => {
      const fresh = keepFresh({ to, passphrase, lockWait: 60_000 }, config, whileOurs)
      const until = { program, signal: ends.signal }
      const mirrored =
        schedule.length === 0 ? null : mirror({ ...config, schedule }, to, journal, until, session)
      await Promise.all([fresh, mirrored])
    })
    if (!context.signal.aborted) program.signal.throwIfAborted()
    return { exitCode: 0, json: { url, root: paths.tree }, lines: [`served ${paths.tree} at ${url}`] }
  } finally {
    ends.release()
    alarm.stop()
    await outlets.flush()
  }
}

/**
 * A root that holds private keys or what only we are to know would show them to everybody: being root, we may read them.
 * @throws CONFIG_UNSAFE
 */
async function refusePrivate(tree: string, folders: readonly string[]): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => path)
  const root = await real(tree)
  for (const folder of folders) {
    const own = await real(folder)
    if (!isWithin(own, root) && !isWithin(root, own)) continue
    const message = `${tree} holds what nobody else may read (${folder}): serve the tree alone`
    throw new DefsError('CONFIG_UNSAFE', message, { path: tree })
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The loop of the daemon, with nothing but mirrors in its schedule, until the signal comes. */
async function mirror(
  config: Config,
  to: string | null,
  journal: { readonly flush: () => Promise<void> },
  { program, signal }: { readonly program: Replacement; readonly signal: AbortSignal },
  session: Session,
): Promise<void> {
  const { openDaemon } = await import('../../schedule/daemon.ts')
  const { openServiceManager } = await import('../../schedule/service-manager.ts')
  const { openAlarm } = await import('../../schedule/alarm.ts')
  const { treeDuties } = await import('../mirror.ts')
  const { context } = session
  const tree = treeDuties(session, config, to)
  const store = openStore(config.store.root, config.store.layout)
  const daemon = openDaemon({
    config,
    duties: () => ({
      update: async () => 'done',
      async mirror(...job) {
        // A daemon of the same store carries out the same lines; a tree of our own it does not know.
        if (to === null && (await readDaemon(store))) return
        await tree.mirror(...job)
      },
      check: async () => undefined,
      publish: async () => undefined,
      remembered: tree.remembered,
    }),
    reload: async () => config,
    changed: () => 'no',
    host: hostname(),
    context,
    manager: openServiceManager({}),
  })
  let working = Promise.resolve()
  const run = async () => {
    if (!program.mayBegin()) return
    working = daemon.tick()
    await working
    await journal.flush()
  }
  const alarm = openAlarm([{ run, due: daemon.due }])
  if (!signal.aborted) await once(signal, 'abort')
  alarm.stop()
  await working
}
