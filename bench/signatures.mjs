import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const signatureSets = ['20261120.001', '20261121.001']

/** A name that only the second of the two sets has. */
export const newName = 'Win.New.Agent-77'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')

/**
 * A store with two sets of ClamAV, a `daily.cvd` of so many signatures in each, of five kinds as in a real one; in the
 * second 0.5 % stand for something else, 0.25 % are gone and 1 % are new. Nobody signed them: comparing proves nothing.
 */
export function writeSignatureStore(store, count) {
  for (const [day, set] of signatureSets.entries()) {
    const folder = join(store, 'VirusDefs', set)
    const aside = join(store, 'aside')
    mkdirSync(folder, { recursive: true })
    mkdirSync(aside)
    const lists = Object.entries(listsOf(count, day === 1))
    for (const [name, lines] of lists) writeFileSync(join(aside, name), `${lines.join('\n')}\n`)
    const info = lists.map(([name, lines]) => {
      const text = `${lines.join('\n')}\n`
      return `${name}:${text.length}:${sha256(text)}\n`
    })
    writeFileSync(join(aside, 'daily.info'), `ClamAV-VDB:${set}\n${info.join('')}`)
    const names = ['daily.info', ...lists.map(([name]) => name)].join(' ')
    const pack = `cd '${aside}'; tar --format=ustar --owner=0 --group=0 -cf - ${names} | gzip -6`
    const packed = execFileSync('bash', ['-c', pack], { maxBuffer: 1 << 30 })
    const header = Buffer.alloc(512, ' ')
    const md5 = createHash('md5').update(packed).digest('hex')
    header.write(`ClamAV-VDB:20 Nov 2026 06-00 +0000:${day + 1}:${count}:90:${md5}:nobody:bench:1795000000`)
    const database = Buffer.concat([header, packed])
    writeFileSync(join(folder, 'daily.cvd'), database)
    const file = `[File-daily.cvd]\r\nSize=${database.length}\r\nSHA256=${sha256(database)}\r\n`
    writeFileSync(join(folder, 'v.grd'), `[Header]\r\nSetName=${set}\r\nGrade=certified\r\n\r\n${file}`)
    for (const name of ['v.sig', 'zdone.dat']) writeFileSync(join(folder, name), '')
    rmSync(aside, { recursive: true })
  }
  const [before, after] = signatureSets
  const pointer = `[DefDates]\r\nCurDefs=${after}\r\nLastDefs=${before}\r\n`
  writeFileSync(join(store, 'VirusDefs', 'definfo.dat'), pointer)
}

function listsOf(count, next) {
  const lists = { 'daily.hsb': [], 'daily.hdb': [], 'daily.mdb': [], 'daily.ndb': [], 'daily.ldb': [] }
  for (let index = 0; index < count; index++) {
    if (next && index % 400 === 9) continue
    const hash = sha256(`${next && index % 200 === 7 ? 'changed' : ''}${index}`)
    const size = 1000 + index
    const kind = index % 10
    if (kind < 4) lists['daily.hsb'].push(`${hash}:${size}:Win.Malware.Agent-${index}-0:73`)
    else if (kind < 5) lists['daily.hdb'].push(`${hash.slice(0, 32)}:${size}:Win.Trojan.Agent-${index}`)
    else if (kind < 8) lists['daily.mdb'].push(`${size}:${hash.slice(0, 32)}:Win.Packed.Gen-${index}`)
    else if (kind < 9) lists['daily.ndb'].push(`Win.Ransom.Kind-${index}:1:*:${hash}${hash.slice(0, 20)}`)
    else
      lists['daily.ldb'].push(
        `Doc.Loader.M-${index};Engine:51-255,Target:2;0&1;${hash.slice(0, 40)};${hash.slice(20)}`,
      )
  }
  for (let index = 0; next && index < count / 100; index++)
    lists['daily.hsb'].push(`${sha256(`new ${index}`)}:${1000 + index}:Win.New.Agent-${index}:73`)
  return lists
}
