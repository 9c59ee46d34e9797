import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface DnsServer {
  /** `127.0.0.1:<port>`. */
  readonly address: string
  /** TXT records by name; others do not exist. Change at will. */
  readonly records: Map<string, string>
  /** The names asked for. */
  readonly asked: string[]
  close(): Promise<void>
}

/** A name server on 127.0.0.1 that knows TXT records. */
export async function startDnsServer(): Promise<DnsServer> {
  const records = new Map<string, string>()
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { address, port }) => {
    const { name, end } = readName(query)
    asked.push(name)
    socket.send(answer(query.subarray(0, end + 4), records.get(name)), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    records,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** Header and question of the query, then one TXT record, or the answer that there is no such name. */
function answer(question: Buffer, text: string | undefined): Buffer {
  const head = Buffer.from(question)
  head.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2)
  head.writeUInt16BE(text === undefined ? 0 : 1, 6)
  head.writeUInt32BE(0, 8)
  if (text === undefined) return head
  const data = Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(16, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, record, data])
}
