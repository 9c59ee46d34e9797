/** One requirement of the documents that this program was made after. */
export interface SeedRow {
  /** Documents that state it, by the letters of docs/domain.md. */
  readonly documents: string
  /** What they ask for, in our words and in short. */
  readonly words: string
  /** How `defs` has it: a command, an option, a page. */
  readonly how: string
  /** The test that shows it: `test/file.test.ts: its name`. */
  readonly shown: string
}

const row = (documents: string, words: string, how: string, shown: string): SeedRow => ({
  documents,
  words,
  how,
  shown,
})

const ladder = 'test/update/recover/ladder.test.ts'
const layout = 'test/config/layout.test.ts'
const alerts = 'test/event/sink/alerts.test.ts'
const here = 'test/contract/seeds.test.ts'
const story = 'test/story/seeds.test.ts'

/** Every requirement, in the order of the documents. */
export const seedRows: readonly SeedRow[] = [
  row(
    'A',
    'LiveUpdate with certified sets is the default method',
    '`defs config init --kind liveupdate`, `defs advise`',
    'test/advice/advise.test.ts: begins with the default',
  ),
  row(
    'A C',
    'it is switched on by default, daily',
    'without `schedule` the default source is updated once a day',
    `${here}: is on by default, once a day`,
  ),
  row(
    'A D',
    'automatic updates can be switched off and the schedule stays',
    '`defs schedule pause`, `enabled: false`',
    'test/upkeep/pause.test.ts: stops what is due and keeps the schedule',
  ),
  row(
    'A',
    'certified or rapid sets as the automatic source',
    '`default`, `schedule[].source`',
    'test/story/update.test.ts: takes a Rapid Release with a higher sequence',
  ),
  row(
    'A',
    'one certified set a day: more is warned of',
    '`defs schedule`',
    'test/schedule/too-often.test.ts: adds up the entries of a source on the days they share',
  ),
  row(
    'A',
    'Rapid Release every few hours',
    '`schedule: [{ source: rapid, every: 2h }]`',
    'test/schedule/next-runs.test.ts: follows the example over two weeks',
  ),
  row(
    'A C',
    'Rapid Release by FTP, port 21 alone',
    '`kind: rapid-release`',
    'test/source/listing/rapid-release.test.ts: works by FTP, with and without MLSD',
  ),
  row(
    'A C',
    'that rapid sets are less tested is told',
    '`defs status`, `defs update`',
    `${here}: says that rapid sets are less tested`,
  ),
  row(
    'A',
    'sharing up to version 12.0: 32 bit yes, 64 bit under conditions',
    '`kind: shared-sep`, `sharing64`',
    'test/story/shared.test.ts: is refused where the conditions are not met',
  ),
  row(
    'A',
    'the further steps of a 64-bit system',
    '[sharing.md](sharing.md)',
    `${here}: has the steps of a 64-bit system`,
  ),
  row(
    'A',
    'Intelligent Updater by schedule, FTP, certified',
    '`kind: intelligent-updater`',
    'test/source/listing/intelligent-updater.test.ts: works by FTP, and by HTTP',
  ),
  row(
    'A D',
    'an internal LiveUpdate server as source',
    '`kind: internal`, `defs serve`',
    'test/story/mirror.test.ts: serves clients from a plain folder',
  ),
  row(
    'A',
    'advice by port 80, port 21, bandwidth, endpoint product, effort',
    '`defs advise`',
    'test/story/advise.test.ts: orders the methods by what it found',
  ),
  row(
    'A B',
    'event 30 with its text whenever the Hawking structure is written',
    'event 30',
    'test/story/update.test.ts: fetches, proves, stages, activates and reports',
  ),
  row(
    'A B',
    'the event source bears the name of the product',
    '`product.name: SMSMSE`, `events.sourceName`',
    'test/config/sinks.test.ts: is the name of a product that is known',
  ),
  row(
    'A',
    'any method writes the Hawking structure first',
    'one path for all sources',
    'test/story/update.test.ts: fetches, proves, stages, activates and reports',
  ),
  row(
    'A B',
    'places on Windows 2003, 32 bit',
    '`store.layout: windows-2003-x86`',
    `${layout}: has its places`,
  ),
  row(
    'A B',
    'the shared place is written on 64 bit and 2008 where an endpoint product is there',
    '`store.layout: windows-2008`',
    `${layout}: the shared one where an endpoint product is there, else its own from 6.0.9 on`,
  ),
  row(
    'A B',
    'without one it is not there from 6.0.9 on, and is before',
    '`product.version`',
    `${layout}: the shared one where an endpoint product is there, else its own from 6.0.9 on`,
  ),
  row(
    'A B',
    "the product's own places, `Program Files(x86)` to the letter",
    '`store.layout`',
    `${layout}: is the spelling of the table when both are there, and for writing when neither is`,
  ),
  row(
    'B',
    '`Program Files (x86)`, `Defintions` and `defintions` are found',
    '`store.layout`, `defs advise`',
    `${layout}: is looked for in every place an endpoint product may have`,
  ),
  row(
    'A B',
    'CSAPI is a copy up to 6.5.6',
    '`scanner.kind: csapi`',
    'test/scanner/csapi.test.ts: gets a whole copy and both pointers',
  ),
  row(
    'A',
    'from 6.5.7 on CSAPI is left alone, and its files must be there',
    '`defs doctor`',
    'test/upkeep/csapi.test.ts: is missed from 6.5.7 on',
  ),
  row(
    'A B',
    'store and scanner are compared every 10 minutes',
    '`defs daemon`',
    `${here}: compares every ten minutes`,
  ),
  row(
    'A B',
    'event 25 only when the scanner uses the set',
    'event 25',
    'test/story/clamd.test.ts: does not run yet: the set is live all the same, and event 25 comes when it does',
  ),
  row(
    'B',
    'the mechanism from 6.5.1 and 6.0.12 on; 393 to 395 with 6.0.x',
    '`product.version`',
    `${ladder}: has the numbers of 6.0.x, and is off before 6.0.12`,
  ),
  row(
    'B',
    '399 names the directory and the error',
    'event 399',
    `${ladder}: finds each harm to the current set`,
  ),
  row(
    'B',
    '400 when all are bad or missing; a download after the licence check',
    'event 400',
    `${ladder}: without a licence not one request is made`,
  ),
  row(
    'B',
    '401 only when neither Hawking nor CSAPI has a valid set',
    'event 401',
    `${ladder}: nothing good, the vendor down: 400, 401 and exit 13`,
  ),
  row(
    'B',
    '399 is corrected by the next LiveUpdate',
    'event 399, then 30 and 25',
    `${ladder}: goes back first, then fetches the same revision again`,
  ),
  row(
    'B',
    'cause and action of each number',
    '`defs events explain 399`',
    `${here}: tells cause and action of each number`,
  ),
  row(
    'C',
    'rapid sets on demand, beside or instead of certified ones',
    '`defs update --source rapid`',
    'test/story/update.test.ts: takes a Rapid Release with a higher sequence',
  ),
  row(
    'C D',
    'one updater where several products share',
    '`role: designated`',
    'test/update/designated.test.ts: lets one update and has the others say so',
  ),
  row(
    'C D',
    'a content licence is needed; without one scanning goes on',
    '`licence.required`',
    'test/story/upkeep.test.ts: that is missing is an event once a day',
  ),
  row(
    'D',
    'warning before the licence ends, and grace',
    '`defs license`',
    'test/licence/state.test.ts: only ever moves forward in time',
  ),
  row(
    'D',
    'internal server over HTTP, FTP, a LAN server, a directory',
    '`hosts`',
    'test/story/mirror.test.ts: serves clients from a plain folder',
  ),
  row(
    'D',
    "LiveUpdate's own configuration is read",
    '`defs config init --from-liveupdate`',
    'test/source/liveupdate/starter.test.ts: takes hosts in the order of their numbers',
  ),
  row(
    'D',
    'days, first, frequency; midnight ends the day: 06 10 14 18 22',
    '`schedule`',
    'test/schedule/next-runs.test.ts: follows the example over two weeks',
  ),
  row(
    'D',
    'run now; no second request meanwhile',
    '`defs update`, the lock',
    'test/story/update.test.ts: one does the work, the other ends with 10',
  ),
  row(
    'D',
    'status: date, revision, last attempt, outcome',
    '`defs status`',
    'test/cli/store.test.ts: tells everything of a healthy store',
  ),
  row(
    'D',
    'status: version of the product',
    '`defs status`',
    'test/cli/store.test.ts: tells everything of a healthy store',
  ),
  row(
    'D',
    'status: start and uptime',
    '`defs status`',
    `${story}: the life of a daemon is told of by mail and status`,
  ),
  row(
    'D',
    'status: date and end of certificates',
    '`defs status`, events 1044 and 1045',
    'test/watch/certificates.test.ts: are told of before they end',
  ),
  row(
    'D',
    'status in a browser, log-on over TLS, time-out, roles',
    '`console`',
    'test/console/session.test.ts: is kept over a restart as a hash, and ends by idleness',
  ),
  row('D', 'alert LiveUpdate Completed', '`events: [alerts]`', `${alerts}: has the subject and the text`),
  row(
    'D',
    'alert Low Disk below 10 %, each directory by name',
    'event 1008',
    'test/watch/resources.test.ts: names every folder on a disk that is nearly full',
  ),
  row(
    'D',
    'alerts Application Start, Stop, Configuration Change',
    '`kind: mail`',
    `${story}: the life of a daemon is told of by mail and status`,
  ),
  row(
    'D',
    'alert Application Start after Crash',
    'event 1076',
    `${story}: the life of a daemon is told of by mail and status`,
  ),
  row(
    'D',
    'alert Low Memory below 10 %',
    'event 1019',
    'test/watch/resources.test.ts: tells of memory once, and again when it was well between',
  ),
  row(
    'D',
    'alerts Failed Logon at the third try, and Unauthorized Attempt',
    'events 1056, 1057, 1123, 1124',
    'test/publish/logins.test.ts: alerts at the third wrong token',
  ),
  row(
    'D',
    'several administrators',
    '`to: [...]`',
    'test/event/sink/mail.test.ts: goes to every recipient, in the words of the seed',
  ),
  row(
    'D',
    'without an address nothing is delivered, and that is said',
    '`defs config check`',
    'test/event/sink/mail.test.ts: without recipients is a failure',
  ),
  row(
    'D',
    'From is free text, the product by default',
    '`from`',
    'test/config/sinks.test.ts: may have a name, be a name, or be left out',
  ),
  row(
    'D',
    'metatags must not be broken',
    '`subject`, `body`',
    'test/event/sink/mail.test.ts: fills templates in one pass',
  ),
  row(
    'D',
    'SNMP traps; recipients by event, day and time',
    '`kind: snmp`; `days`, `hours`',
    'test/event/sink/snmp.test.ts: is received by snmptrapd',
  ),
  row(
    'D',
    'logs are kept from a week to never',
    '`events.journal.retention`',
    'test/config/sinks.test.ts: is kept from a week to never',
  ),
  row(
    'D',
    'local logging can be switched off',
    '`events.journal.enabled: false`',
    'test/config/sinks.test.ts: may be switched off where a receiver takes its place',
  ),
  row(
    'D',
    'forwarding beside local logging, off by default',
    '`events.sinks`',
    'test/event/deliver.test.ts: writes the journal at once and delivers in the end',
  ),
  row(
    'D',
    'object modified: what, who, from where, what change',
    '`defs report --action "Object modified"`',
    'test/report/read-report.test.ts: tells who modified what, from where and how',
  ),
  row(
    'D',
    'detail report: date and time, actions, one term in any case, none means all',
    '`defs report`',
    'test/report/read-report.test.ts: by a text anywhere, in any case',
  ),
  row(
    'D',
    'CSV named by its time, in the log directory',
    '`defs report --csv`',
    'test/cli/upkeep.test.ts: writes a file beside the journal and says where',
  ),
  row(
    'D',
    'summary report with totals',
    '`defs report --summary`',
    'test/report/summary.test.ts: adds up by action, source and outcome',
  ),
  row(
    'D',
    'the configuration is read again without a restart',
    '`SIGHUP`, or a change of the file',
    'test/story/daemon.test.ts: catches up at its start, reloads, and stops with 0',
  ),
  row(
    'D',
    'temporary files are removed at the start',
    'every run',
    'test/hawking/recover.test.ts: sweeps what runs that were cut short left',
  ),
  row(
    'D',
    'another scanner must leave the temporary directory alone',
    '`defs doctor`, [sharing.md](sharing.md)',
    'test/upkeep/on-access.test.ts: is found where it scans what we work on',
  ),
  row('D', 'the quarantine is bounded', '`state/quarantine`', `${here}: bounds the quarantine`),
  row(
    'D',
    'what was refused can be sent to a central quarantine',
    '`quarantine.forward`',
    'test/update/forward.test.ts: goes to a folder once, with its evidence',
  ),
  row(
    'E',
    'definitions are not replicated, and a snapshot is safe',
    '[cluster.md](cluster.md)',
    'test/story/prestart.test.ts: whose store was restored from a snapshot',
  ),
  row(
    'E',
    'a passive node updates only with a management address',
    '`role: passive`, `managementAddress`',
    'test/story/prestart.test.ts: that is passive waits, unless it has a management address',
  ),
  row(
    'E',
    'an update before the service starts',
    '`defs prestart`',
    'test/story/prestart.test.ts: the newest set is fetched and proved',
  ),
  row(
    'D',
    "taking the product out leaves others' definitions",
    '`defs retire`',
    'test/upkeep/retire.test.ts: takes ours and leaves what others use',
  ),
]

/** docs/seeds.md: the table. */
export function seedsPage(): string {
  const lines = seedRows.map(({ documents, words, how, shown }, index) => {
    const [file = ''] = shown.split(': ')
    return `| ${index + 1} | ${documents} | ${words} | ${how} | [${file.slice('test/'.length)}](../${file}) |`
  })
  return `# The documents, line by line

<!-- Made by \`npm run docs\` from test/contract/seeds.ts. Do not edit. -->

What the five public documents of the family ask of a program like this, in our words, and the test that shows it. The letters are
those of [domain.md](domain.md#sources). The last column names the file; which test in it stands in test/contract/seeds.ts, and
test/contract/seeds.test.ts holds the two together.

| | document | asks for | here | shown by |
| --- | --- | --- | --- | --- |
${lines.join('\n')}
`
}
