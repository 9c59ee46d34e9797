import type { Advice, Facts, WanCost } from '../../advice/advise.ts'
import type { CommandResult, Line } from '../output.ts'
import type { Session } from '../session.ts'

/** Says which methods suit this network, the best first. Changes nothing. */
export async function runAdvise({ wanCost }: { wanCost: WanCost }, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { probeFacts } = await import('../../advice/probe-facts.ts')
  const { advise } = await import('../../advice/advise.ts')
  const facts = await probeFacts(config, wanCost, session.context)
  const methods = advise(facts)
  return { exitCode: 0, json: { facts, methods }, lines: [...methods.flatMap(describe), '', ...known(facts)] }
}

function describe({ method, source, possible, reason, drawback }: Advice, index: number): Line[] {
  const name = source === null ? method : `${method} (source ${source})`
  if (!possible) return [{ text: `-  ${name}: not possible: ${reason}`, tone: 'quiet' }]
  return [
    { text: `${index + 1}. ${name}`, tone: index === 0 ? 'good' : 'title' },
    `   for:     ${reason}`,
    `   against: ${drawback}`,
  ]
}

function known({ ports, neighbour, wanCost }: Facts): string[] {
  const words = Object.entries(ports).map(
    ([port, open]) => `${port} ${open === null ? 'not tried' : open ? 'open' : 'closed'}`,
  )
  const product = neighbour ? `${neighbour.path} (version ${neighbour.version ?? 'unknown'})` : 'none found'
  return [
    `ports outside: ${words.join(', ')}`,
    `endpoint product: ${product}`,
    `cost of traffic: ${wanCost ?? 'not said (--wan-cost), taken as low'}`,
  ]
}
