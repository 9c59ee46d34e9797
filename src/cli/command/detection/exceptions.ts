import { type Exception, isInForce, peekExceptions } from '../../../hawking/line/exceptions.ts'
import { formatTime } from '../../../report/span.ts'
import { publishStatus } from '../../../report/status-file.ts'
import type { ExceptionRequest, ExceptionResult, NewException } from '../../../upkeep/exceptions.ts'
import { userOf } from '../../environment.ts'
import { keepJournal } from '../../journal-listener.ts'
import { type CommandResult, type Line, tableLines } from '../../output.ts'
import { readSets } from '../../read-store.ts'
import type { Session } from '../../session.ts'

/** Excepts something from what the sets detect. @throws what `addException` throws */
export async function runExcept(input: Omit<NewException, 'user'>, session: Session): Promise<CommandResult> {
  return change(input, session, 'is excepted', async (request, config, context) => {
    const { addException } = await import('../../../upkeep/exceptions.ts')
    return addException({ ...input, ...request }, config, context)
  })
}

/** Takes an exception back. @throws what `removeException` throws */
export async function runUnexcept(
  input: Omit<ExceptionRequest, 'user'>,
  session: Session,
): Promise<CommandResult> {
  return change(input, session, 'is no longer excepted', async (request, config, context) => {
    const { removeException } = await import('../../../upkeep/exceptions.ts')
    return removeException(request, config, context)
  })
}

type Config = Awaited<ReturnType<Session['load']>>['config']

async function change(
  input: Omit<ExceptionRequest, 'user'>,
  session: Session,
  what: string,
  work: (request: ExceptionRequest, config: Config, context: Session['context']) => Promise<ExceptionResult>,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: true })
  const journal = keepJournal(session, config)
  try {
    const request = { ...input, user: userOf(session.environment) }
    const { warning, ...result } = await work(request, config, session.context)
    if (warning !== null) session.context.emit({ type: 'note', level: 'warning', text: warning })
    const { exception, changed, current } = result
    const end =
      exception.until === null || what !== 'is excepted' ? '' : ` until ${formatTime(exception.until)}`
    const when = changed ? `: ${current} is current now` : input.now ? '' : ', from the next set on'
    const line = `${exception.id} ${what}${end}${when}`
    return {
      exitCode: 0,
      json: { ...result, matches: exception.matches, warning },
      lines: session.globals.quiet ? [] : [line],
    }
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

/** Lists the exceptions of a store. @throws STORE_PERMISSION */
export async function runExceptions(_input: object, session: Session): Promise<CommandResult> {
  const { store, view } = await readSets(session)
  const now = session.context.now()
  const current = view.sets.find((set) => set.current)?.provenance?.exceptions ?? []
  const exceptions = (await peekExceptions(store)).map((one) => {
    const applied = current.some(({ id }) => id === one.id)
    return { ...one, inForce: applied && isInForce(one, now) }
  })
  const rows = exceptions.map((one) => [
    one.id,
    one.kind,
    one.inForce ? 'in force' : isInForce(one, now) ? 'from the next set on' : 'ended',
    one.until === null ? 'without end' : `until ${formatTime(one.until)}`,
    one.matches === false ? 'matches nothing' : '',
    whyOf(one),
  ])
  const head = ['exception', 'kind', 'state', 'end', '', 'why']
  const lines: Iterable<Line> = rows.length === 0 ? ['no exceptions'] : tableLines([head, ...rows])
  return { exitCode: 0, json: { exceptions }, lines }
}

function whyOf({ reason, user }: Pick<Exception, 'reason' | 'user'>): string {
  return `${reason} (${user})`
}
