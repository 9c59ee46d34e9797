import type { Json } from '../facts.ts'
import { at, word } from '../page/fact.ts'

/** The answer of `status` with its verdict; where that has none, what follows from the condition alone. */
export function withVerdict(status: Json): Json {
  if (at(status, 'verdict') !== undefined) return status
  const current = at(status, 'current')
  const message = word(status, 'conditionReason') || word(status, 'error.message')
  const code = word(status, 'error.code') || word(status, 'condition')
  const reasons = message === '' ? [] : [{ code, message, advice: '' }]
  return { ...status, verdict: { state: stateOf(status, current), since: null, reasons } }
}

function stateOf(status: Json, current: unknown): string {
  if (current === undefined) return 'unknown'
  if (current === null) return 'none'
  if (at(status, 'stale') === true) return 'stale'
  const inUse = at(status, 'inUse')
  if (inUse === current) return 'protected'
  return inUse === null ? 'staged' : 'not-in-use'
}
