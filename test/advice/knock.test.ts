import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { probePort } from '../../src/advice/endpoints.ts'

const still = new AbortController().signal

describe('knock', () => {
  it('tells who is there, and why somebody is not', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expect(await probePort({ host: '127.0.0.1', port }, still)).toMatchObject({
      reachable: true,
      error: null,
    })
    await new Promise((resolve) => server.close(resolve))
    expect(await probePort({ host: '127.0.0.1', port }, still)).toMatchObject({
      host: '127.0.0.1',
      port,
      reachable: false,
      error: 'ECONNREFUSED',
    })
  })

  it('ends with the run', async () => {
    const knocked = await probePort({ host: '192.0.2.1', port: 80 }, AbortSignal.abort())
    expect(knocked).toMatchObject({ reachable: false })
  })
})
