import { generateKeyPairSync, sign } from 'node:crypto'
import { readStatement, writeStatement } from '../../src/airgap/statement.ts'
import { publicNkey } from '../../src/bus/nkey.ts'
import { readDatabaseHeader } from '../../src/clamav/header.ts'
import { readDocument } from '../../src/config/document.ts'
import { readReport, signReport } from '../../src/fleet/report.ts'
import { readDefinfo } from '../../src/hawking/pointer.ts'
import { readUsage } from '../../src/hawking/usage.ts'
import {
  restoredSuricata,
  restoredYara,
  withoutSuricataRules,
  withoutYaraRules,
} from '../../src/rules/except-rules.ts'
import { yaraRules } from '../../src/rules/named-rules.ts'
import type { SetName } from '../../src/set-name.ts'
import { readHashList } from '../../src/source/listing/md5-list.ts'
import { readCard, ringOf } from '../../src/source/liveupdate/fleet-card.ts'
import { liveUpdateStarter } from '../../src/source/liveupdate/starter.ts'
import { hold, type Target } from './targets.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const set = '20261121.003' as SetName
const moment = '2026-11-21T12:00:00Z'
const report = {
  schema: 1,
  fleet: 'f1',
  host: 'h1',
  ring: 'canary',
  why: 'glob',
  seq: 7,
  at: moment,
  phase: 'done',
  current: set,
  previous: null,
  inUse: set,
  grade: 'certified',
  ageSeconds: 60,
  statement: { channel: 'canary', number: 4 },
  candidate: { set, outcome: 'refused', exitCode: 7, error: 'GATE_REFUSED', at: moment },
  lastAttempt: { at: moment, source: 'internal', outcome: 'failed', error: 'GATE_REFUSED' },
  holds: [set],
  barred: [],
  licence: { state: 'licensed' },
  labels: { site: 'berlin' },
  defs: '0.1.0',
  scanner: { kind: 'clamd', version: null },
  disk: { freeBytes: 1 },
  every: 900,
  confirms: true,
} as const
const card = {
  schema: 1,
  fleet: 'f1',
  number: 3,
  salt: 'ab',
  rings: [
    { name: 'canary', channel: 'canary', hosts: ['test-*'], labels: { a: 'b' }, share: 0.1, maxAge: 10 },
    { name: 'broad', channel: 'broad', hosts: ['*'], labels: {}, share: null, maxAge: 10 },
  ],
  barred: [{ set, reason: 'x', since: moment }],
  spread: 60,
  freeze: null,
}
const statement = {
  format: 1,
  set,
  sequence: 28_209,
  grade: 'certified',
  created: moment,
  expires: '2026-12-21T12:00:00Z',
  base: null,
  setBytes: 10,
  members: [{ name: 'a.dat', bytes: 10, sha256: 'a'.repeat(64) }],
} as const
const suricata =
  '# c\nalert tcp any any -> any 80 (msg:"a; sid:1"; sid:2019; rev:3;)\nalert tcp any any -> \\\n any any (sid:5; gid:3;)\n#alert ip any any -> any any (sid:6;)\n'
const yara =
  'import "pe"\n/* rule no { */\nprivate rule One : tag { strings: $a = "rule x {" $b = /a\\/{2}/ $c = { 01 ?? [2-4] } condition: all of them }\nrule Two { condition: One }\n'
const config =
  'store: { root: /var/lib/defs }\nsources:\n  one: { kind: clamav, hosts: ["http://a/"] }\nmaxAge: 36h\n'
const liveupdate =
  'protocol=http\nhosts/0/url=http://server:7070/lu\nhosts/0/login:ENC=00ab\nhosts/1/url=ftp://other/lu\nworkdir=/tmp\nproxy=http://p:8080\n'

/** What strangers, neighbours and administrators send as text, read without a folder. */
export const textTargets: readonly Target[] = [
  {
    name: 'fleet-report',
    // What was signed is changed, and signed again: a host that was taken over has its key.
    seeds: () => [
      Buffer.from(JSON.stringify(report)),
      Buffer.from(JSON.stringify(signReport(report, privateKey))),
    ],
    words: ['"labels":{', '__proto__', 'null', '[[[[', '-1', '1e999', '\\u0000', '20261121.003'],
    codes: /^$/,
    read(input) {
      const bytes = input.subarray(0, 6000)
      const sig = sign(null, bytes, privateKey).toString('base64')
      const signed = { schema: 1, signed: bytes.toString('base64'), key: publicNkey(privateKey), sig }
      for (const one of [input, Buffer.from(JSON.stringify(signed))]) {
        const read = readReport(one)
        if ('problem' in read) continue
        hold(/^[\w-]{1,64}$/.test(read.report.host), 'a host is one token')
        hold(Number.isSafeInteger(read.report.seq), 'a number that can rise')
      }
    },
  },
  {
    name: 'fleet-card',
    seeds: () => [Buffer.from(JSON.stringify(card))],
    words: ['"hosts":["', '*', '**********', '?', '__proto__', '"share":', '1e999', 'null'],
    codes: /^TRUST_METADATA$/,
    read(input) {
      const read = readCard(input, 'f1')
      const found = ringOf(read, 'test-1', { a: 'b' })
      hold(found === null || read.rings.includes(found.ring), 'one of its rings')
    },
  },
  {
    name: 'bundle-statement',
    seeds: () => [writeStatement(statement)],
    words: ['"members":[', '"expires":', '../', 'null', '1e999', '99999'],
    codes: /^ARCHIVE_(CORRUPT|UNSUPPORTED)$/,
    read(input) {
      const read = readStatement(input)
      hold(!Number.isNaN(Date.parse(read.expires)), 'an end that can be compared')
    },
  },
  {
    name: 'yaml',
    seeds: () => [Buffer.from(config), Buffer.from('{"store":{"root":"/a"},"sources":{}}')],
    words: ['&a ', '*a', '<<: ', '!!js/function ', '%YAML 1.1\n---\n', '[[[[[[[[', '? ', '|\n', '\t', '"'],
    codes: /^$/,
    async read(input) {
      for (const file of ['defs.yaml', 'defs.json']) {
        const { data, problems } = await readDocument(file, input.toString())
        hold(problems.length > 0 || data !== undefined, 'data, or why there is none')
      }
    },
  },
  {
    name: 'hash-list',
    seeds: () => [
      Buffer.from(`${'0'.repeat(32)}  ./a/B.zip\n${'f'.repeat(32)} *c.exe\nMD5 (x) = y\n`),
      Buffer.from('d41d8cd98f00b204e9800998ecf8427e a\r\n'),
    ],
    words: ['../', '\\', ' *', '\r\n', ' '.repeat(50), '0'.repeat(32)],
    codes: /^$/,
    read(input) {
      hold(
        readHashList(input.toString('latin1')).every(({ md5 }) => /^[0-9a-f]{32}$/.test(md5)),
        'digests',
      )
    },
  },
  {
    name: 'database-header',
    seeds: () => {
      const line = `ClamAV-VDB:21 Nov 2026 10-00 +0000:27810:2068000:90:${'a'.repeat(32)}:sig:raynman:1795240800`
      return [Buffer.from(line.padEnd(512)), Buffer.from('ClamAV-VDB:'.padEnd(512))]
    },
    words: ['ClamAV-VDB:', ':', '-1', '99999999999999', ' +0000', '\n'],
    codes: /^ARCHIVE_/,
    read(input) {
      const { version, signatures } = readDatabaseHeader(input.subarray(0, 512))
      hold(Number.isSafeInteger(version) && Number.isSafeInteger(signatures), 'numbers')
    },
  },
  {
    name: 'neighbour',
    seeds: () => [
      Buffer.from('[DefDates]\r\nCurDefs=20261121.003\r\nLastDefs=20261120.001\r\n'),
      Buffer.from('[20261121.003]\r\nSMSMSE=1\r\nSEP=1\r\n'),
    ],
    words: ['[DefDates]', 'CurDefs=', '../', '[20261121.003]', '=', '\r\n'],
    codes: /^(STORE|ARCHIVE|SOURCE)_/,
    read(input) {
      readUsage(input.toString('latin1'))
      readDefinfo(input.toString('latin1'))
    },
  },
  {
    name: 'liveupdate-conf',
    seeds: () => [Buffer.from(liveupdate)],
    words: ['hosts/0/url=', 'hosts/99999999/url=', 'http://', '://u:p@', '\r\n', '#'],
    codes: /^CONFIG_/,
    read(input) {
      liveUpdateStarter(input.toString(), 'liveupdate.conf')
    },
  },
  {
    name: 'suricata-rules',
    seeds: () => [Buffer.from(suricata)],
    words: ['alert ', 'sid:', 'gid:', '\\\n', ';', '"', '(', ')', '# defs'],
    codes: /^$/,
    read(input) {
      const text = input.toString('latin1')
      const { text: lessened } = withoutSuricataRules(text, () => true)
      hold(restoredSuricata(lessened).length >= 0, 'text')
      hold(withoutSuricataRules(lessened, () => true).left.size === 0, 'none is left active')
    },
  },
  {
    name: 'yara-rules',
    seeds: () => [Buffer.from(yara)],
    words: ['rule ', 'private rule A { ', '/*', '*/', '//', '"', '{', '}', '\\"', '$a = /'],
    codes: /^$/,
    read(input) {
      const text = input.toString('latin1')
      const names = [...yaraRules(text)].map(({ name }) => name)
      hold(
        names.every((name) => /^\w+$/.test(name)),
        'names',
      )
      restoredYara(withoutYaraRules(text, () => true, []).text)
    },
  },
]
