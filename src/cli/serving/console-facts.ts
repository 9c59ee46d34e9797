import type { Config } from '../../config/config.ts'
import { parseDuration } from '../../config/measure.ts'
import type { AgesQuestion, Answer, FleetFacts, HostFacts, ReportQuestion } from '../../console/facts.ts'
import { freeSpace } from '../../disk/free-space.ts'
import { DefsError } from '../../error.ts'
import { sinkStandings } from '../../event/deliver.ts'
import { openStore } from '../../hawking/store.ts'
import { limits } from '../../limits.ts'
import { publishOverview } from '../../publish/overview.ts'
import { publishPaths } from '../../publish/paths.ts'
import { csvName, csvOf } from '../../report/csv.ts'
import { actionNames } from '../../report/entries.ts'
import { readReport } from '../../report/read-report.ts'
import { parseSetName } from '../../set-name.ts'
import { readMoment } from '../../text/moment.ts'
import { runInChild } from '../child-run.ts'
import { asDefsError, printedJson } from '../console.ts'
import { runInTurn } from '../family/in-turn.ts'
import type { CommandResult } from '../output.ts'
import type { InForce, Session } from '../session.ts'
import { childAnswer } from './console-actions.ts'

/** What a command exports: it runs on its input. */
type Run<Input> = (input: Input, session: Session) => Promise<CommandResult>

/** Runs a command in this process and answers what it prints with `--json`. Never throws. */
async function answerOf<Input>(
  command: string,
  input: () => Input,
  load: () => Promise<Run<Input>>,
  session: Session,
): Promise<Answer> {
  const invocation = {
    command,
    globals: session.globals,
    input: {},
    run: async (own: Session) => (await load())(input(), own),
  }
  const run = async () => ({ command, result: await runInTurn(invocation, session) })
  const ending = await run().catch((error: unknown) => ({ command, error: asDefsError(error) }))
  const text = printedJson(ending)
  const body: Readonly<Record<string, unknown>> = JSON.parse(text)
  return { exitCode: Number(body['exitCode']), text, body }
}

/** A session that prints and reports nothing, under the configuration in force. */
function quietSession(session: Session, inForce: InForce): Session {
  const quiet = (one: Session): Session => ({
    ...one,
    globals: { ...one.globals, json: true, quiet: true },
    context: { ...one.context, emit: () => undefined },
    listen: () => undefined,
    load: (loading) => one.load({ ...loading, silent: true }),
    families: async () => [...inForce.config.families.keys()],
    forFamily: (family) => quiet(session.forFamily(family)),
  })
  return {
    ...quiet(session),
    load: async () => ({ config: inForce.config, shown: new Map(), warnings: [] }),
  }
}

/** What the console is told of this host: what the commands print. */
export function hostFacts(session: Session, inForce: InForce): HostFacts {
  const own = quietSession(session, inForce)
  const nothing = () => ({})
  return {
    status: () =>
      answerOf(
        'status',
        () => ({ maxAge: null, nagios: false }),
        async () => (await import('../command/status.ts')).runStatus,
        own,
      ),
    list: () => answerOf('list', nothing, async () => (await import('../command/sets.ts')).runList, own),
    show: (set, family) =>
      answerOf(
        'show',
        () => ({ set: parseSetName(set) }),
        async () => (await import('../command/sets.ts')).runShow,
        family === null ? own : own.forFamily(family),
      ),
    history: () =>
      answerOf('history', nothing, async () => (await import('../command/report.ts')).runHistory, own),
    report: (question) =>
      answerOf(
        'report',
        () => ({ ...readQuestion(question), summary: false, csv: false, out: null }),
        async () => (await import('../command/report.ts')).runReport,
        own,
      ),
    schedule: () =>
      answerOf(
        'schedule',
        () => ({ timeZone: null, scheduler: null, to: null, user: null }),
        async () => (await import('../command/schedule.ts')).runSchedule,
        own,
      ),
    sources: () =>
      answerOf('sources', nothing, async () => (await import('../command/sources.ts')).runSources, own),
    sinks: () => answerOf('sinks', nothing, async () => sinksOf(inForce), own),
    diff: (from, to, family) =>
      diffOf(from, to, family === null ? session : session.forFamily(family), inForce),
    async csv(question) {
      try {
        const journals = journalsOf(inForce.config, question.family)
        const asked = readQuestion(question)
        const told = await Promise.all(journals.map((journal) => readReport(journal, asked)))
        const [only, ...others] = told
        // Each is in its order; those of several families are put into one.
        const lines =
          only !== undefined && others.length === 0
            ? only
            : told.flatMap((one) => [...one]).toSorted((a, b) => (a.time < b.time ? -1 : 1))
        return { name: csvName(session.context.now()), text: csvOf(lines) }
      } catch (error) {
        const fail = async () => {
          throw error
        }
        return answerOf('report', nothing, async () => fail, own)
      }
    },
    actions: actionNames,
    maxAge: () => inForce.config.maxAge,
    disk: () => freeSpace(inForce.config.store.root).catch(() => null),
  }
}

function storeOf({ store }: Config) {
  return openStore(store.root, store.layout)
}

/** The stores of all families, or the only one. */
function storesOf(config: Config) {
  const roots = config.families.size === 0 ? [config.store.root] : [...config.families.values()]
  return roots.map((root) => openStore(root, config.store.layout))
}

/** The journals of a family, or of all. @throws USAGE_ARGUMENT for one that there is not */
function journalsOf(config: Config, family: string | null): string[] {
  if (config.families.size === 0) return [storeOf(config).journal]
  const root = family === null ? undefined : config.families.get(family)
  if (family !== null && root === undefined)
    throw new DefsError('USAGE_ARGUMENT', `there is no family '${family}'`)
  const roots = root === undefined ? [...config.families.values()] : [root]
  return roots.map((one) => openStore(one, config.store.layout).journal)
}

/** A question as the command takes it. @throws USAGE_ARGUMENT */
function readQuestion({ from, to, actions, search }: ReportQuestion) {
  return { from: momentOf(from, 'start'), to: momentOf(to, 'end'), actions, search }
}

function momentOf(text: string | null, edge: 'start' | 'end'): Date | null {
  if (text === null) return null
  const moment = readMoment(text, edge)
  if (moment) return moment
  const message = `'${text}' is no moment: write YYYY-MM-DD, YYYY-MM-DDTHH:MM or a whole RFC 3339 time`
  throw new DefsError('USAGE_ARGUMENT', message)
}

/** Every sink, and how it does. */
function sinksOf({ config }: InForce): Run<object> {
  return async () => {
    const all = storesOf(config).map(({ state }) => sinkStandings(config.events.sinks, state))
    // A sink is one for all families, each of which has what waits for it.
    const sinks = (all[0] ?? []).map((first, index) => {
      const each = all.flatMap((standings) => standings[index] ?? [])
      const failing = each.flatMap(({ failingSince }) => failingSince ?? []).sort()
      const waiting = each.reduce((sum, one) => sum + one.waiting, 0)
      return { ...first, waiting, failingSince: failing[0] ?? null }
    })
    return { exitCode: 0, json: { sinks }, lines: [] }
  }
}

/** What changed between two sets: in a process of its own, for large sets take their time. Two names of sets. */
async function diffOf(from: string, to: string, session: Session, { config }: InForce): Promise<Answer> {
  const own = { ...session, globals: { ...session.globals, quiet: true } }
  const run = await runInChild(['diff', from, to], own, config.file, limits.consoleDiff)
  return childAnswer('diff', run)
}

/** What the console is told of a fleet: what the commands of its controller print. */
export function fleetFacts(session: Session, inForce: InForce): FleetFacts {
  const own = quietSession(session, inForce)
  return {
    status: () =>
      answerOf(
        'fleet status',
        () => ({ ring: null }),
        async () => (await import('../command/fleet/look.ts')).runStatus,
        own,
      ),
    hosts: () =>
      answerOf(
        'fleet hosts',
        () => ({ ring: null, state: null, labels: {}, csv: false }),
        async () => (await import('../command/fleet/look.ts')).runHosts,
        own,
      ),
    show: (set) =>
      answerOf(
        'fleet show',
        () => ({ set: parseSetName(set) }),
        async () => (await import('../command/fleet/look.ts')).runShow,
        own,
      ),
    ages: (question) =>
      answerOf(
        'fleet age',
        () => readAgesQuestion(question),
        async () => (await import('../command/fleet/look.ts')).runAges,
        own,
      ),
    publish: publishFacts(session, inForce),
  }
}

/** @throws USAGE_ARGUMENT */
function readAgesQuestion({ from, step }: AgesQuestion) {
  const every = step === null ? 1 : parseDuration(step)
  if (every === null || every <= 0)
    throw new DefsError('USAGE_ARGUMENT', `'${step}' is no duration: write 1h, 30m, 1d`)
  return { from: momentOf(from, 'start')?.getTime() ?? 0, step: every }
}

/** What the internal server has on offer, and who did what there. */
function publishFacts(session: Session, inForce: InForce): () => Promise<Answer> {
  const run: Run<object> = async () => {
    const overview = await publishOverview(publishPaths(inForce.config, null))
    return { exitCode: 0, json: { ...overview }, lines: [] }
  }
  return () =>
    answerOf(
      'publish',
      () => ({}),
      async () => run,
      quietSession(session, inForce),
    )
}
