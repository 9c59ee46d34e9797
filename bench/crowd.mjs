import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const pad = (number, digits) => String(number).padStart(digits, '0')
const nameOf = (index) => `2026${pad(1 + (index % 12), 2)}${pad(1 + (index % 28), 2)}.${pad(index + 1, 3)}`

/**
 * A store as it looks after years: many sets with their records, a long journal. Nothing in it is proved; it is only
 * looked at.
 * @param parts files that the journal lies in, as its rotation leaves them
 * @param every how many events there are for each that brought a set, which `history` tells
 */
export function writeCrowdedStore(store, sets, events, parts = 1, every = 8) {
  const folder = join(store, 'VirusDefs')
  const records = join(store, 'state', 'provenance')
  mkdirSync(records, { recursive: true, mode: 0o700 })
  for (let index = 0; index < sets; index++) {
    const set = nameOf(index)
    mkdirSync(join(folder, set), { recursive: true })
    for (const file of ['VIRSCAN1.DAT', 'VIRSCAN2.DAT', 'v.grd', 'v.sig', 'zdone.dat']) {
      writeFileSync(join(folder, set, file), file)
    }
    writeFileSync(join(records, `${set}.json`), JSON.stringify(recordOf(set, index)))
  }
  const [current, previous] = [nameOf(sets - 1), nameOf(Math.max(0, sets - 2))]
  writeFileSync(join(folder, 'definfo.dat'), `[DefDates]\r\nCurDefs=${current}\r\nLastDefs=${previous}\r\n`)
  const journal = join(store, 'state', 'events.jsonl')
  const perPart = Math.ceil(events / parts)
  for (let index = 0; index < events; index += 1000) {
    const lines = Array.from({ length: Math.min(1000, events - index) }, (_, more) =>
      JSON.stringify(eventOf(index + more, { sets, every, folder })),
    )
    const part = Math.floor(index / perPart) + 1
    appendFileSync(part === parts ? journal : `${journal}.${part}`, `${lines.join('\n')}\n`)
  }
}

function recordOf(set, index) {
  const time = new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString()
  const fingerprint = 'ab'.repeat(32)
  const anchor = '/etc/defs/root.pem'
  return {
    set,
    grade: 'certified',
    sequence: { number: 1000 + index, signed: true },
    source: 'http',
    url: `http://127.0.0.1/${set}.zip`,
    packageSha256: fingerprint,
    signer: {
      name: 'CN=Bench Signer',
      fingerprint,
      anchor,
      anchorFingerprint: fingerprint,
      method: 'cms',
      expired: false,
    },
    verifiedAt: time,
    stagedAt: time,
    bytes: 250_000_000 + index,
    files: 22,
  }
}

// Once an hour something happens; most of it is that nothing is newer, and now and then a set comes.
function eventOf(index, { sets, every, folder }) {
  const set = nameOf(Math.floor(index / every) % sets)
  const brought = index % every === 0
  return {
    time: new Date(Date.UTC(2016, 0, 1) + index * 3_600_000).toISOString(),
    id: brought ? 30 : 1001,
    name: brought ? 'definitions.updated' : 'update.nothing-newer',
    level: 'information',
    message: brought ? 'Virus Definitions Update was successful' : 'Virus definitions are up to date',
    set,
    path: join(folder, set),
    source: 'http',
    errorCode: null,
    ...(brought ? { grade: 'certified', previous: nameOf(index % sets), bytes: 2_400_000 + index } : {}),
  }
}
