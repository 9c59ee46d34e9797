import { count, nullable, object, text } from '../../disk/json-shape.ts'

/** What a running controller leaves for those who only look; removed at its end. */
export interface ControllerRecord {
  readonly pid: number
  /** RFC 3339, UTC. */
  readonly since: string
  readonly feed: { readonly kind: string; readonly state: string; readonly since: string }
  /** Of the card that was announced last; null without a bus. */
  readonly onBus: number | null
}

export const recordShape = object<ControllerRecord>({
  pid: count,
  since: text,
  feed: object({ kind: text, state: text, since: text }),
  onBus: nullable(count),
})
