import { access } from 'node:fs/promises'
import type { Config, SourceConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError, type ErrorCode } from '../error.ts'
import { coolDownsAt, peekSourceRecords } from '../hawking/state.ts'
import type { SetName } from '../set-name.ts'
import type { NothingOffered, Offer, PackageFile } from '../source/source.ts'
import { askSource, connectSource, rememberCoolDown } from '../update/ask.ts'
import { assertLicensed, routeOf } from '../update/route.ts'
import { beginRun, type Run } from '../update/run.ts'
import { placesOf, probePort } from './endpoints.ts'

/** One step of trying a source. */
export interface TestStep {
  readonly step: 'licence' | 'cool-down' | 'reach' | 'ask' | 'package'
  readonly place: string
  readonly ok: boolean
  readonly durationMs: number
  /** What came of it, for people. */
  readonly detail: string
  readonly code: ErrorCode | null
}

/** How a source did. */
export interface SourceTest {
  readonly source: string
  readonly kind: SourceConfig['kind']
  readonly steps: readonly TestStep[]
  /** The set on offer; null when there is none or only the package tells. */
  readonly offered: SetName | null
  /** Who signed the index; null for sources without one. */
  readonly indexSignedBy: string | null
  /** RFC 3339; null when no host wants to be left alone. */
  readonly coolingUntil: string | null
  /** Why it cannot be updated from; null when all went well. */
  readonly error: DefsError | null
}

/**
 * Tries one source step by step: knocks, asks what is on offer (an index is authenticated), and opens the package
 * without taking it in. Like `check` it changes no set; only a wish to be left alone and what proves the freshness of
 * signed metadata are remembered.
 * @throws USAGE_ARGUMENT for a source that is not configured; TRUST_ANCHORS; INTERRUPTED
 */
export async function testSource(
  request: { readonly source: string; readonly timeout: number | null },
  config: Config,
  context: Context,
): Promise<SourceTest> {
  const run = beginRun(config, context, { timeout: request.timeout, force: false })
  const [source] = routeOf(config, request.source)
  if (!source) throw new DefsError('BUG', 'a route has at least one source')
  const steps: TestStep[] = []
  const coolingUntil = await coolDownOf(source, run)
  let offer: Offer | NothingOffered | null = null
  let error: DefsError | null = null
  try {
    await note(steps, 'licence', config.licence.file ?? 'none', async () => {
      await assertLicensed(run)
      return config.licence.required ? 'valid' : 'not required'
    })
    if (coolingUntil !== null) steps.push(coolStep(source.name, coolingUntil))
    else await reach(source, steps, run)
    offer = await ask(source, steps, run)
  } catch (cause) {
    context.signal.throwIfAborted()
    error = asError(cause, run)
    await rememberCoolDown(source.name, run, error)
  }
  const found = offer && 'set' in offer ? offer : null
  const { name, kind } = source
  const indexSignedBy = found?.indexSignedBy ?? null
  return { source: name, kind, steps, offered: found?.set ?? null, indexSignedBy, coolingUntil, error }
}

async function ask(source: SourceConfig, steps: TestStep[], run: Run): Promise<Offer | NothingOffered> {
  const opened = await connectSource(source, run)
  try {
    let offer: Offer | NothingOffered | undefined
    await note(steps, 'ask', source.name, async () => {
      offer = await askSource(opened, run)
      return describeOffer(offer)
    })
    if (!offer) throw new DefsError('BUG', 'no answer and no error')
    if ('set' in offer) await openOnly(offer.package, steps, run)
    return offer
  } finally {
    await opened.close()
  }
}

function describeOffer(offer: Offer | NothingOffered): string {
  if ('nothing' in offer) return `nothing: ${offer.reason}`
  const signed = offer.indexSignedBy === null ? 'no signed index' : `index signed by ${offer.indexSignedBy}`
  const sequence = offer.sequence === null ? '' : `, sequence ${offer.sequence.number}`
  return `${offer.set ?? 'a set that only the package names'}${sequence}, ${offer.grade}; ${signed}`
}

/** The last byte is enough to see that it is there and can be resumed. */
async function openOnly(want: PackageFile, steps: TestStep[], run: Run): Promise<void> {
  const { folder } = want
  if (folder !== null) {
    await note(steps, 'package', folder, async () => {
      await access(folder).catch((cause: unknown) => {
        throw new DefsError('SOURCE_UNREACHABLE', `${folder} cannot be read: check its permissions`, {
          cause,
        })
      })
      return 'a folder, copied as it lies'
    })
    return
  }
  const [remote] = want.remotes
  if (!remote) return
  await note(steps, 'package', remote.url, async () => {
    const resume = want.bytes ? { offset: want.bytes - 1, validator: '' } : null
    const { start, total, body } = await remote.open(resume, run.signal)
    // Leaving the loop ends the transfer.
    for await (const piece of body) if (piece.length > 0) break
    return `${total ?? 'an unknown number of'} bytes${start > 0 ? ', can be resumed' : ''}`
  })
}

async function reach(source: SourceConfig, steps: TestStep[], run: Run): Promise<void> {
  for (const { address, endpoint } of placesOf(source, run.config.network)) {
    if (!endpoint) continue
    const { reachable, durationMs, error } = await probePort(endpoint, run.signal)
    const detail = `${endpoint.host}:${endpoint.port} ${reachable ? 'answers' : `does not answer (${error})`}`
    const code = reachable ? null : 'SOURCE_UNREACHABLE'
    steps.push({ step: 'reach', place: address, ok: reachable, durationMs, detail, code })
  }
}

async function note(
  steps: TestStep[],
  step: TestStep['step'],
  place: string,
  work: () => Promise<string>,
): Promise<void> {
  const begun = performance.now()
  const push = (ok: boolean, detail: string, code: ErrorCode | null) =>
    steps.push({ step, place, ok, durationMs: Math.round(performance.now() - begun), detail, code })
  try {
    push(true, await work(), null)
  } catch (error) {
    push(false, describeError(error), error instanceof DefsError ? error.code : 'BUG')
    throw error
  }
}

async function coolDownOf(source: SourceConfig, { store, startedAt }: Run): Promise<string | null> {
  const record = (await peekSourceRecords(store))[source.name]
  const untils = record ? coolDownsAt(record, startedAt).map(([, until]) => until) : []
  return untils.toSorted().at(-1) ?? null
}

function coolStep(place: string, until: string): TestStep {
  const detail = `asked to be left alone until ${until}`
  return { step: 'cool-down', place, ok: false, durationMs: 0, detail, code: 'SOURCE_COOLING_DOWN' }
}

function asError(cause: unknown, run: Run): DefsError {
  if (run.signal.aborted)
    return new DefsError('SOURCE_DEADLINE', 'the time was up before the source had answered', { cause })
  if (cause instanceof DefsError) return cause
  return new DefsError('BUG', `unforeseen: ${describeError(cause)}`, { cause })
}
