/** What keeps the schedule from running. */
export interface ScheduleFacts {
  /** Whether the configuration has no line that runs (`schedule: []`). */
  readonly scheduleOff: boolean
  /** Lines of the schedule that are kept and run nothing. */
  readonly disabled?: readonly string[]
  /** A pause of the schedule; null when it runs. */
  readonly paused?: {
    readonly until: string | null
    readonly user: string
    readonly reason: string | null
  } | null
}

/** A reason of the verdict. */
interface ScheduleReason {
  readonly code: 'schedule-off' | 'schedule-paused'
  readonly message: string
  readonly advice: string | null
}

/** What the verdict says of a schedule that does not run. */
export function scheduleReasons({
  scheduleOff,
  disabled = [],
  paused = null,
}: ScheduleFacts): ScheduleReason[] {
  const reasons: ScheduleReason[] = []
  const off = (which: string) =>
    reasons.push({
      code: 'schedule-off',
      message: `updates by schedule are switched off ${which}`,
      advice: null,
    })
  if (disabled.length > 0) off(`for ${disabled.join(', ')} (enabled: false)`)
  else if (scheduleOff) off('(schedule: [])')
  if (paused === null) return reasons
  const end = paused.until === null ? 'without an end' : `until ${paused.until}`
  const why = paused.reason === null ? '' : `: ${paused.reason}`
  const message = `updates by schedule are paused ${end} by ${paused.user}${why}`
  return [...reasons, { code: 'schedule-paused', message, advice: "run 'defs schedule resume'" }]
}
