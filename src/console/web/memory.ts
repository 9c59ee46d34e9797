import { bounds } from '../bounds.ts'
import type { FleetFacts, HostFacts } from '../facts.ts'

/** Remembers answers for a moment, and asks once for all who ask at the same time. */
export interface Memory {
  readonly recall: <T>(key: string, ask: () => Promise<T>) => Promise<T>
  /** Something was done: what was known may be wrong now. */
  readonly forget: () => void
}

/** Opens a memory. */
export function openMemory(now: () => Date): Memory {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>()
  return {
    recall<T>(key: string, ask: () => Promise<T>): Promise<T> {
      const at = now().getTime()
      const before = known.get(key)
      if (before && Math.abs(at - before.at) < bounds.memory) return before.answer as Promise<T>
      const answer = ask()
      known.delete(key)
      known.set(key, { at, answer })
      answer.catch(() => known.delete(key))
      const [oldest] = known.keys()
      if (known.size > bounds.memories && oldest !== undefined) known.delete(oldest)
      return answer
    },
    forget: () => known.clear(),
  }
}

/** The same facts, remembered. */
export function rememberHost(facts: HostFacts, { recall }: Memory): HostFacts {
  const { diff } = facts
  return {
    ...facts,
    status: () => recall('status', facts.status),
    list: () => recall('list', facts.list),
    history: () => recall('history', facts.history),
    schedule: () => recall('schedule', facts.schedule),
    sources: () => recall('sources', facts.sources),
    sinks: () => recall('sinks', facts.sinks),
    disk: () => recall('disk', facts.disk),
    show: (set, family) => recall(`show ${family} ${set}`, () => facts.show(set, family)),
    report: (question) => recall(`report ${JSON.stringify(question)}`, () => facts.report(question)),
    diff:
      diff && ((from, to, family) => recall(`diff ${family} ${from} ${to}`, () => diff(from, to, family))),
  }
}

/** The same facts, remembered. */
export function rememberFleet(facts: FleetFacts, { recall }: Memory): FleetFacts {
  return {
    status: () => recall('fleet status', facts.status),
    hosts: () => recall('fleet hosts', facts.hosts),
    show: (set) => recall(`fleet show ${set}`, () => facts.show(set)),
    ages: (question) => recall(`ages ${JSON.stringify(question)}`, () => facts.ages(question)),
    publish: () => recall('publish', facts.publish),
  }
}
