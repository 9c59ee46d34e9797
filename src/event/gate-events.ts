import type { EventKind } from './event-kind.ts'

/** What the gate does with sets that ask to become current. */
export const gateEvents = {
  'gate.refused': {
    id: 1080,
    level: 'error',
    message: 'The gate refused the virus definitions <set>: <reason>',
    cause: 'A proved set failed a check of the gate, or a check could not be made; the old set stays live.',
    action:
      'A set at fault is barred and lies in `state/quarantine`; a newer one comes by itself, `defs update --allow SET` takes this one if the engine loads it. A check that could not be made is tried again by the next update.',
  },
  'gate.overruled': {
    id: 1081,
    level: 'warning',
    message: 'The gate was overruled for the virus definitions <set>: <reason>',
    cause: 'Somebody took a set with `--allow` or `--force` although a check of the gate spoke against it.',
    action: 'None, if it was meant; else `defs rollback`.',
  },
} as const satisfies Record<string, EventKind>
