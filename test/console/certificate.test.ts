import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bounds } from '../../src/console/bounds.ts'
import { type ConsoleServer, serveConsole } from '../../src/console/server.ts'
import { readPair } from '../../src/console/web/certificate.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { type TestConsole, testConsole } from '../support/console.ts'

let folder: string
let authority: Authority
let files: { certificate: string; key: string }
let test: TestConsole
let served: ConsoleServer
let ahead: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'defs-certificate-'))
  authority = makeAuthority(folder)
  files = { certificate: join(folder, 'live.pem'), key: join(folder, 'live.key') }
  put(identity('one'))
  ahead = 0
  test = await testConsole({ now: () => new Date(Date.now() + ahead) }, { host: 'localhost', ...files })
  // Only the console looks by this clock; connections have their own.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  served = await serveConsole(test.parts, () => null)
})
afterEach(async () => {
  vi.useRealTimers()
  await served.close()
  rmSync(folder, { recursive: true, force: true })
})

function identity(name: string, days = 3650) {
  return authority.issue(name, { extensions: ['subjectAltName=DNS:localhost'], days })
}

/** As tools for renewal do: beside, then in its place. */
function put(
  pair: { certificate: string; key: string },
  parts: readonly ('certificate' | 'key')[] = ['certificate', 'key'],
) {
  for (const part of parts) {
    copyFileSync(pair[part], `${files[part]}.new`)
    renameSync(`${files[part]}.new`, files[part])
  }
}

/** Common name of the certificate that a new connection is shown. */
function shown(host: string): Promise<string> {
  const port = Number(new URL(served.url).port)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function look(): Promise<void> {
  vi.advanceTimersByTime(bounds.certificateLook)
  // The same work three times over, and behind the look's in the same queue: however busy the machine, it is done.
  for (let time = 0; time < 3; time++) await readPair(files).catch(() => null)
  await new Promise((resolve) => setTimeout(resolve, 100))
}

const told = () => test.told.map(({ name }) => name).filter((name) => name.startsWith('console.certificate'))

describe('a certificate that is renewed on disk', () => {
  it('is taken up by new connections at every address, without a restart', async () => {
    expect(await shown('127.0.0.1')).toBe('one')
    put(identity('two'))
    await look()
    expect(await shown('127.0.0.1')).toBe('two')
    expect(
      await shown('::1').catch((error: Error) =>
        /EADDRNOTAVAIL|ECONNREFUSED|ENETUNREACH/.test(error.message) ? 'two' : error.message,
      ),
    ).toBe('two')
    expect(told()).toEqual(['console.certificate'])
    await look()
    expect(told()).toHaveLength(1)
  })

  it('is waited for while only one of the two files is there, and nothing is told of that', async () => {
    const two = identity('two')
    put(two, ['certificate'])
    await look()
    expect([await shown('127.0.0.1'), told()]).toEqual(['one', []])
    put(two, ['key'])
    await look()
    expect([await shown('127.0.0.1'), told()]).toEqual(['two', ['console.certificate']])
  })

  it('is refused when it is of no use; the old one stays, and that is told once', async () => {
    const two = identity('two')
    const spoil: (() => void)[] = [
      () => put(two, ['certificate']),
      () => writeFileSync(files.certificate, '<html>not found</html>'),
      () => rmSync(files.key),
      () => {
        put(identity('old', 1))
        ahead = 2 * 86_400_000
      },
    ]
    for (const [index, one] of spoil.entries()) {
      one()
      for (let count = 0; count < 3; count += 1) await look()
      expect(await shown('127.0.0.1')).toBe('one')
      expect(told()).toEqual(Array(index + 1).fill('console.certificate-refused'))
    }
    expect(test.told.at(-1)?.facts.reason).toMatch(/live\.pem expired at 20/)
    put(two)
    await look()
    expect([await shown('127.0.0.1'), told().at(-1)]).toEqual(['two', 'console.certificate'])
  })
})

it('a console does not begin with a certificate and a key that do not belong together', async () => {
  put(identity('two'), ['key'])
  const { parts } = test
  await expect(serveConsole(parts, () => null)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('do not make a certificate with its key'),
  })
})
