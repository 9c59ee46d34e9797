import { expect, it } from 'vitest'
import type { EventName } from '../../../src/event/catalogue.ts'
import { alertEvents, metatagValues } from '../../../src/event/sink/mail-text.ts'
import { eventAt } from './world.ts'

const failed = 'Several failed logon attempts have been made to the server.'
const unauthorized = 'An unauthorized attempt to access the server interface was detected.'
const disk = (name: string) => `The ${name} directory is running dangerously low on disk space.`

// As docs/domain.md section 7 has them.
const words: readonly (readonly [EventName, string, string])[] = [
  ['daemon.started', 'Application Start', 'The application has been started.'],
  [
    'daemon.started-after-crash',
    'Application Start after Crash',
    'The server has been started after an unexpected shutdown.',
  ],
  ['daemon.stopped', 'Application Stop', 'The application has been stopped.'],
  ['configuration.reloaded', 'Configuration Change', 'A configuration change was made.'],
  ['definitions.updated', 'LiveUpdate Completed', 'The system completed a LiveUpdate operation.'],
  ['disk.low', 'Low Disk Space Threshold Exceeded', `${disk('store')} ${disk('temporary')}`],
  [
    'memory.low',
    'Low Memory Threshold Exceeded',
    'The memory available on the server is running dangerously low.',
  ],
  ['console.frequent-failures', 'Frequent Failed Logon Attempts', failed],
  ['serve.frequent-failures', 'Frequent Failed Logon Attempts', failed],
  ['console.denied', 'Unauthorized Attempt to Access Product Interface', unauthorized],
  ['serve.denied', 'Unauthorized Attempt to Access Product Interface', unauthorized],
]

it.each(words)('the alert of %s has the subject and the text that gateways have', (name, subject, text) => {
  const event = eventAt(0, { errorCode: null, object: 'store, temporary', reason: 'x' }, name)
  expect(metatagValues(event, 'host')).toMatchObject({ SUBJECT: subject, TEXT: text })
})

it('each of them is one of `alerts`, and nothing else is', () => {
  expect([...alertEvents].sort()).toEqual(words.map(([name]) => name).sort())
})
