import { afterEach, describe, expect, test } from 'vitest'
import { openTransport } from '../../src/transport/open-transport.ts'
import { type FtpBehaviour, startFtpServer } from '../support/ftp-server.ts'
import { reachWith } from '../support/reach.ts'

const quiet = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function begin(behaviour: Partial<FtpBehaviour> = {}) {
  const files = new Map([['pub/a.zip', Buffer.from('hello world')]])
  const server = await startFtpServer({ files, ...behaviour })
  cleanups.push(() => server.close())
  const transport = openTransport(`${server.url}pub/`, reachWith({ connectTimeout: 4000 }))
  cleanups.push(() => transport.close())
  return { server, transport }
}

describe('what FTP servers do', () => {
  test.each([
    [
      '530 Sorry, the maximum number of allowed clients (1) are already connected.',
      'SOURCE_UNREACHABLE',
      true,
    ],
    [
      '530 Sorry, the maximum number of clients (1) from your host are already connected.',
      'SOURCE_UNREACHABLE',
      true,
    ],
    ['530 Too many users logged in.', 'SOURCE_UNREACHABLE', true],
    ['530 User anonymous access denied, limit of 25 users reached.', 'SOURCE_UNREACHABLE', true],
    ['530 Sorry, max 50 users -- try again later', 'SOURCE_UNREACHABLE', true],
    ['530-Welcome\r\n530 This server is full.', 'SOURCE_UNREACHABLE', true],
    ['421 There are too many connections.', 'SOURCE_UNREACHABLE', true],
    ['530 Login incorrect.', 'SOURCE_LOGIN', false],
    ['530 Not logged in, user is unknown.', 'SOURCE_LOGIN', false],
  ])('full is transient, a wrong password is not: %s', async (reply, code, transient) => {
    const { transport } = await begin({ replies: { PASS: reply } })
    await expect(transport.read('a.zip', 99, quiet)).rejects.toMatchObject({ code, facts: { transient } })
  })

  test.each([
    ['a port that nobody listens at', '229 Entering Extended Passive Mode (|||1|)'],
    ['not known', '500 Unknown command.'],
    ['not wanted now', '451 Not now.'],
  ])('EPSV %s: PASV is asked', async (_, reply) => {
    const { server, transport } = await begin({ replies: { EPSV: reply } })
    expect((await transport.read('a.zip', 99, quiet))?.bytes).toHaveLength(11)
    expect(server.commands).toContain('PASV')
  })
})
