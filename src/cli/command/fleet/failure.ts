import { DefsError } from '../../../error.ts'
import type { FleetStatus } from '../../../fleet/status.ts'

/** The error that goes with an exit code of `fleet status`; nothing where that is no failure. */
export function failureOf(
  exitCode: number,
  rings: FleetStatus['rings'] = [],
): { readonly error?: DefsError } {
  switch (exitCode) {
    case 3: {
      const text = "bus, reports or tree cannot be read: run 'defs fleet doctor'"
      return { error: new DefsError('SOURCE_UNREACHABLE', text) }
    }
    case 5: {
      const text =
        "what the tree says of this fleet is not authentic, or past its end: run 'defs fleet doctor'"
      return { error: new DefsError('TRUST_METADATA', text) }
    }
    case 7: {
      const text =
        "the newest set is halted: see 'defs fleet show SET' for the evidence, and publish a newer one"
      return { error: new DefsError('PUBLISH_REFUSED', text) }
    }
    case 9: {
      const late = rings.filter((ring) => ring.late).map(({ name }) => name)
      const text = `older than its maxAge: ring ${late.join(', ')}; publish a newer set, or see why it waits`
      return { error: new DefsError('STORE_STALE', text) }
    }
    default:
      return {}
  }
}
