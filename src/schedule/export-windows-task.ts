import type { ScheduleConfig } from '../config/config.ts'
import { DefsError } from '../error.ts'
import { commandFor, type ExportedFile, type Installation, purposeOf, unitName } from './exported-file.ts'
import { jitterOf } from './jitter.ts'
import { entriesOf, type Job, jobsOf } from './job.ts'
import { ruleOf } from './rule.ts'
import { windowsTriggers } from './windows-trigger.ts'

/** What a task needs to know of the machine. */
export interface WindowsInstallation extends Installation {
  /** The day from which the task holds, by the clock of the machine, `YYYY-MM-DD`. */
  readonly date: string
}

/** Triggers that one task may have, by the documentation of the Task Scheduler. */
const mostTriggers = 48

/**
 * One task for each job, for `schtasks /create /tn NAME /xml FILE`: run as the local system by the clock
 * of the machine, caught up when it was missed, never twice at a time. The files are UTF-16 with a byte order
 * mark, as the Task Scheduler writes them itself.
 * @throws USAGE_ARGUMENT for times that a task cannot have, or an argument with a control character
 */
export function exportWindowsTask(
  entries: readonly ScheduleConfig[],
  installation: WindowsInstallation,
): ExportedFile[] {
  return jobsOf(entries).map((job) => {
    const triggers = entriesOf(entries, job).flatMap((entry) => {
      const late = installation.host === null ? 0 : jitterOf(entry, installation.host)
      return windowsTriggers(ruleOf(entry), installation.date, late)
    })
    if (triggers.length > mostTriggers) {
      throw new DefsError(
        'USAGE_ARGUMENT',
        `the times of '${job.source}' need ${triggers.length} triggers, a Windows task may have ${mostTriggers}: use even distances, or defs daemon`,
      )
    }
    const text = taskText(job, triggers, commandFor(job, installation))
    return { name: `${unitName(job)}.xml`, text: `\uFEFF${text}`, encoding: 'utf16le' }
  })
}

function taskText(job: Job, triggers: readonly string[], command: readonly [string, ...string[]]): string {
  const [program, ...rest] = command
  const lines = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `  <RegistrationInfo><Description>${xml(purposeOf(job))}</Description></RegistrationInfo>`,
    '  <Triggers>',
    ...triggers.map((trigger) => `    ${trigger}`),
    '  </Triggers>',
    // The well-known identifier of the local system account, the same in every language of Windows.
    '  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>',
    '  </Settings>',
    '  <Actions Context="Author">',
    `    <Exec><Command>${xml(program)}</Command><Arguments>${xml(rest.map(quote).join(' '))}</Arguments></Exec>`,
    '  </Actions>',
    '</Task>',
    '',
  ]
  return lines.join('\r\n')
}

/** One argument as programs of Windows take their command line apart: backslashes count only before a quote. */
function quote(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
])

function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes.get(character) ?? character)
}
