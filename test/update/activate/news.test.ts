import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../../cli/world.ts'
import { eventsOf } from '../../support/look.ts'
import { tarGzOf } from '../../support/rules-site.ts'
import { type SmtpServer, startSmtpServer } from '../../support/smtp-server.ts'

let bench: Bench
let mail: SmtpServer
let config: string
beforeEach(async () => {
  bench = openBench()
  mail = await startSmtpServer()
  const source = (name: string) =>
    `${name}: { kind: rules, url: 'file://${bench.root}/${name}.tar.gz', md5: true, allowUnsigned: true }`
  config = bench.put(
    'c.yaml',
    `store: { root: '${bench.root}/store', reserve: 1MiB }
sources: { ${source('et')}, ${source('own')} }
parts: [et, own]
events: { sinks: [{ kind: mail, host: 127.0.0.1, port: ${mail.port}, tls: none, from: defs@host.test, to: [one@example.test], events: [30], coalesce: 0s }] }
`,
  )
})
afterEach(async () => {
  await mail.close()
  bench.remove()
})

const defs = async (...args: string[]) => bench.run([...args, '--config', config])
const alert = (sid: number, rev = 1) => `alert tcp any any -> any any (msg:"x"; sid:${sid}; rev:${rev};)\n`

function pack(name: string, text: string): void {
  const bytes = tarGzOf({ [`${name}.rules`]: text })
  const file = join(bench.root, `${name}.tar.gz`)
  writeFileSync(file, bytes)
  writeFileSync(`${file}.md5`, `${createHash('md5').update(bytes).digest('hex')}\n`)
}

describe('a set that takes the place of another', () => {
  it('is told of by mail and in the journal with what is new in it, and counted for its parts together', async () => {
    pack('et', alert(1) + alert(2))
    pack('own', alert(9))
    expect((await defs('update')).code).toBe(0)
    pack('et', alert(2, 2) + alert(3) + alert(4))
    expect((await defs('update')).code).toBe(0)
    const bodies = mail.mails.map(({ raw }) => raw.replace(/=\r\n/g, ''))
    expect(bodies).toHaveLength(2)
    expect(bodies[0]).not.toMatch(/^New:/m)
    expect(bodies[1]).toMatch(/^New: +2 added: 3, 4; 1 removed: 1; 1 changed: 2; 1 file differs\r$/m)
    const told = eventsOf(join(bench.root, 'store')).filter(({ id }) => id === 30)
    expect(told.at(-1)).toMatchObject({ changes: { files: 1, added: 2, removed: 1, changed: 1 } })
    const { stdout } = await defs('metrics')
    expect(stdout).toMatch(/^defs_updates_total\{.*source="et\+own",outcome="updated"\} 2$/m)
    expect(stdout).toMatch(/^defs_updates_total\{.*source="et",outcome="updated"\} 0$/m)
  })
})
