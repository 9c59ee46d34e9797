import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPatient, type Patient } from '../support/patient.ts'

let patient: Patient
let server: Server
let taken: { url: string; type: string | undefined; login: string | undefined; bytes: number }[]
let status: number
beforeEach(async () => {
  patient = await openPatient('here')
  taken = []
  status = 201
  server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
    })
    request.on('end', () => {
      const { 'content-type': type, authorization: login } = request.headers
      taken.push({ url: `${request.method} ${request.url}`, type, login, bytes })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.close()
  await patient.close()
})

const address = () => {
  const place = server.address()
  return `http://127.0.0.1:${typeof place === 'object' && place ? place.port : 0}/in`
}
const folder = () => join(patient.vendor.directory, 'analysis')
const events = (id: number) => patient.ids().filter((one) => one === id)

describe('what was refused', () => {
  it('goes to a folder once, with its evidence', async () => {
    patient.configure(`quarantine: { forward: ${folder()} }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    await patient.defs('update')
    const [entry = ''] = readdirSync(folder())
    expect(readdirSync(join(folder(), entry)).sort()).toEqual(['20261120.003', 'evidence.json'])
    expect(JSON.parse(readFileSync(join(folder(), entry, 'evidence.json'), 'utf8')).set).toBe('20261120.003')
    expect(events(1082)).toHaveLength(1)
    await patient.defs('update')
    expect(readdirSync(folder())).toHaveLength(1)
  })

  it('on its way here is kept and sent, too', async () => {
    patient.configure(`quarantine: { forward: ${folder()} }\n`)
    patient.vendor.certify({ set: '20261120.003', spoilSet: (set) => set.set('evil.dat', Buffer.from('x')) })
    expect(await patient.defs('update')).toMatchObject({ exitCode: 5 })
    const [entry = ''] = readdirSync(folder())
    expect(JSON.parse(readFileSync(join(folder(), entry, 'evidence.json'), 'utf8'))).toMatchObject({
      set: '20261120.003',
      code: 'TRUST_FILE_UNLISTED',
    })
  })

  it('goes to an address as a tar file', async () => {
    patient.configure(`quarantine: { forward: '${address()}' }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    await patient.defs('update')
    const [entry = ''] = readdirSync(join(patient.vendor.store, 'state', 'quarantine'))
    expect(taken).toMatchObject([{ url: `PUT /in/${entry}.tar`, type: 'application/x-tar' }])
    expect(taken[0]?.bytes).toBeGreaterThan(1024)
  })

  it('goes with the login and the key of its address, and neither is printed or written down', async () => {
    const secret = address().replace('://', '://me:p-secret@')
    patient.configure(`quarantine: { forward: '${secret}?sig=q-secret' }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    status = 503
    const refused = await patient.defs('update')
    status = 201
    const sent = await patient.defs('update')
    const [entry = ''] = readdirSync(join(patient.vendor.store, 'state', 'quarantine'))
    const url = `PUT /in/${entry}.tar?sig=q-secret`
    const login = `Basic ${Buffer.from('me:p-secret').toString('base64')}`
    expect(taken).toMatchObject([
      { url, login },
      { url, login },
    ])
    expect([events(1082), events(1083)]).toEqual([[1082], [1083]])
    const told = readFileSync(join(patient.vendor.store, 'state', 'events.jsonl'), 'utf8')
    for (const text of [told, JSON.stringify([refused, sent])]) expect(text).not.toMatch(/[pq]-secret/)
  })

  it('stays when nobody takes it, changes no outcome, and is tried again', async () => {
    status = 503
    patient.configure(`quarantine: { forward: '${address()}' }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    expect(await patient.defs('update')).toMatchObject({ exitCode: 0, current: '20261120.003' })
    expect([events(1082), events(1083)]).toEqual([[], [1083]])
    status = 200
    await patient.defs('update')
    expect(events(1082)).toHaveLength(1)
  })

  it('holds no run up beyond its time, whether its place says nothing or drips', async () => {
    const pace = { drip: false }
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      request.resume()
      if (!pace.drip) return
      const { socket } = response
      socket?.write('HTTP/1.1 201 Created\r\n')
      const timer = setInterval(() => socket?.write('x: y\r\n'), 50)
      response.once('close', () => clearInterval(timer))
    })
    patient.configure(`quarantine: { forward: '${address()}' }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    for (const drip of [false, true]) {
      Object.assign(pace, { drip })
      const began = performance.now()
      expect(await patient.defs('update', '--timeout', '2')).toMatchObject({ exitCode: 0 })
      expect(performance.now() - began).toBeLessThan(7000)
    }
    expect(events(1083)).toHaveLength(2)
  }, 60_000)

  it('is not sent beyond its bound, nor kept without being asked to', async () => {
    patient.configure(`quarantine: { forward: ${folder()}, forwardMax: 1MiB }\n`)
    await patient.live('20261119.001', '20261120.003')
    patient.damage('20261120.003')
    writeFileSync(join(patient.virusDefs, '20261120.003', 'large.dat'), Buffer.alloc(2 * 1024 * 1024))
    await patient.defs('update')
    expect(existsSync(folder())).toBe(false)
    expect(events(1083)).toHaveLength(1)
    patient.configure()
    patient.vendor.certify({ set: '20261121.001', spoilSet: (set) => set.set('evil.dat', Buffer.from('x')) })
    await patient.defs('update')
    expect(readdirSync(join(patient.vendor.store, 'state', 'quarantine'))).toHaveLength(1)
  })
})
