import type { Json } from '../facts.ts'
import { at, word } from '../page/fact.ts'
import type { PageNotice } from '../page/frame.ts'
import { plain } from '../page/html.ts'
import type { ConsoleRun } from './runs.ts'

/** How a run ended, in a sentence. */
export function outcomeOf({ order, answer }: ConsoleRun): PageNotice {
  if (answer === null)
    return { ok: true, text: `${order.action} has begun; what comes of it is told here and in the history.` }
  const { body, exitCode } = answer
  const error = word(body, 'error.message')
  if (error !== '')
    return {
      ok: false,
      text: plain(`${order.action}: ${error} [${word(body, 'error.code')}, exit code ${exitCode}]`),
    }
  if (exitCode !== 0 && exitCode !== 100)
    return { ok: false, text: `${order.action} ended with exit code ${exitCode}` }
  return { ok: true, text: plain(done(order, body)) }
}

function done({ action, set, ring }: ConsoleRun['order'], body: Json): string {
  const where = ring === null ? 'all rings' : `ring ${ring}`
  switch (action) {
    case 'update':
      return at(body, 'changed') === true
        ? `Updated: ${word(body, 'current')} is current now`
        : `Nothing was changed: ${word(body, 'reason') || 'nothing newer is on offer'}`
    case 'verify':
      return at(body, 'repaired') === true
        ? `Repaired: ${word(body, 'current')} is current now`
        : 'Verified: every file is as its guard says'
    case 'rollback':
      return `Rolled back from ${word(body, 'from')} to ${word(body, 'to')}`
    case 'hold':
      return `Held: ${word(body, 'set')}`
    case 'unhold':
      return `Released: ${word(body, 'set')}`
    case 'alert-test':
      return 'The test was sent to every sink'
    case 'fleet-rollback':
      return `The fleet goes back to ${word(body, 'to')}`
    case 'approve':
      return at(body, 'changed') === false ? `Approved before: ${where}` : `Approved: ${set} for ${where}`
    case 'pause':
      return at(body, 'changed') === false ? `Paused already: ${where}` : `Paused: ${where}`
    case 'resume':
      return at(body, 'changed') === false ? `Nothing was paused: ${where}` : `Resumed: ${where}`
    case 'halt':
      return at(body, 'changed') === false ? `Halted already: ${set}` : `Halted: ${set} is barred everywhere`
  }
}
