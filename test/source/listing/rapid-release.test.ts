import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RapidReleaseConfig } from '../../../src/config/config.ts'
import { limits } from '../../../src/limits.ts'
import { rapidRelease } from '../../../src/source/listing/rapid-release.ts'
import { startFtpServer } from '../../support/ftp-server.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { asking, codeOf, connect, download, md5, offered } from '../asking.ts'
import { fill, temporary } from '../folder.ts'

const zip = 'symrapidreleasedefscore15-v5i32.zip'
const exe = 'symrapidreleasedefscore15-v5i32.exe'
const other = 'symrapidreleasedefsv5i32.zip'

let root: ReturnType<typeof temporary>
const open: { close(): Promise<void> }[] = []
beforeEach(() => {
  root = temporary()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  root.remove()
})

function source(...urls: string[]) {
  const config: RapidReleaseConfig = {
    name: 'rapid',
    kind: 'rapid-release',
    username: null,
    password: null,
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    urls,
    platform: 'core15-v5i32',
  }
  const made = rapidRelease(config, connect)
  open.push(made)
  return made
}

/** A published folder, two levels below the temporary one. */
const publish = (files: Record<string, string>) => fill(join(root.path, 'site', 'rapidrelease'), files)
const ask = async (...urls: string[]) => offered(await source(...urls).ask(asking()))

describe('the package', () => {
  it('is the one of the highest sequence folder, as a number', async () => {
    const site = publish({
      [zip]: 'static',
      [`sequence/99999/${zip}`]: 'low',
      [`sequence/178940/${zip}`]: 'high',
      [`sequence/178940/${other}`]: 'other platform',
      [`sequence/latest/${zip}`]: 'no number',
      [`sequence/9999999999999999999/${zip}`]: 'beyond exact numbers',
    })
    const offer = await ask(site)
    expect(offer).toMatchObject({
      source: 'rapid',
      kind: 'rapid-release',
      set: null,
      sequence: { number: 178940, signed: false },
      grade: 'rapid',
      indexSignedBy: null,
      incremental: [],
      package: {
        name: zip,
        bytes: 4,
        exact: false,
        digests: [],
        digestTries: 1,
        unpackedBytes: null,
        folder: null,
      },
    })
    expect(await download(offer.package.remotes[0])).toBe('high')
  })

  it('is taken from a lower folder while the newest is empty or half uploaded', async () => {
    const site = publish({
      [`sequence/5/${zip}`]: 'good',
      [`sequence/6/${zip}`]: '',
      [`sequence/7/${zip}.part`]: 'half',
      [`sequence/8/${other}`]: 'other platform',
      'sequence/9/': '',
    })
    expect((await ask(site)).sequence?.number).toBe(5)
    expect((await ask(join(site, 'sequence', '5'))).sequence?.number).toBe(5)
  })

  it('is the static one when the folders hold nothing, within bounds', async () => {
    const empty = Array.from({ length: limits.sequenceFolders }, (_, n) => [`sequence/${n + 2}/`, ''])
    const site = publish({ [exe]: 'static', [`sequence/1/${zip}`]: 'too deep', ...Object.fromEntries(empty) })
    expect(await ask(site)).toMatchObject({ sequence: null, set: null, package: { name: exe } })
    rmSync(join(site, 'sequence', '2'), { recursive: true })
    expect((await ask(site)).sequence?.number).toBe(1)
  })

  it('bears a set when its name does', async () => {
    const name = `20261121-003-${zip}`
    expect(await ask(publish({ [`sequence/7/${name}`]: 'x' }))).toMatchObject({ set: '20261121.003' })
  })

  it('is preferred as zip, and found in any case', async () => {
    expect((await ask(publish({ [exe]: 'e', [zip]: 'z' }))).package.name).toBe(zip)
    rmSync(join(root.path, 'site'), { recursive: true })
    expect((await ask(publish({ [exe.toUpperCase()]: 'e' }))).package.name).toBe(exe.toUpperCase())
  })

  it('may not be there yet', async () => {
    for (const files of [{}, { [other]: 'x' }, { 'sequence/': '' }, { [zip]: '' }]) {
      const site = publish(files)
      expect(await source(site).ask(asking())).toMatchObject({
        nothing: true,
        source: 'rapid',
        failedHosts: [],
      })
      rmSync(site, { recursive: true })
    }
  })

  it('is offered from every host where its place lasts, and from one where it is static', async () => {
    const first = fill(join(root.path, 'a'), { [`sequence/7/${zip}`]: 'x' })
    const second = fill(join(root.path, 'b'), { [zip]: 'x' })
    expect((await ask(first, second)).package.remotes).toHaveLength(2)
    expect((await ask(second, first)).package.remotes).toHaveLength(1)
    const gone = join(root.path, 'gone')
    expect((await ask(gone, second)).failedHosts).toMatchObject([{ error: { code: 'SOURCE_UNREACHABLE' } }])
    expect(await codeOf(source(gone).ask(asking()))).toBe('SOURCE_UNREACHABLE')
  })
})

describe('the fingerprint', () => {
  it('changes with the content and stays with the same', async () => {
    const site = publish({ [zip]: 'one' })
    const before = (await ask(site)).package.fingerprint
    expect(before).not.toBeNull()
    expect((await ask(site)).package.fingerprint).toBe(before)
    publish({ [zip]: 'longer' })
    expect((await ask(site)).package.fingerprint).not.toBe(before)
  })

  it('is null when nothing but a static name is known', async () => {
    const server = await startHttpServer({ files: new Map([[zip, Buffer.from('x')]]) })
    open.push(server)
    server.faults.set(`/${zip}`, (_, response) => response.end('no headers at all'))
    expect((await ask(server.url)).package.fingerprint).toBeNull()
  })
})

describe('md5-hash.txt', () => {
  const stated = async (site: string) => {
    const { digests, digestTries } = (await ask(site)).package
    return [digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`).join(), digestTries]
  }
  const checked = (content: string) => [`md5:${md5(content)}`, limits.digestTries]
  const unchecked = ['', 1]

  it('is found beside the package', async () => {
    expect(
      await stated(publish({ [zip]: 'z', 'md5-hash.txt': `${md5('z').toUpperCase()}  /defs/${zip}\r\n` })),
    ).toEqual(checked('z'))
  })

  it('is found one folder above, beyond the address too', async () => {
    const site = publish({ [zip]: 'z' })
    fill(join(site, '..'), { 'md5-hash.txt': `${md5('z')} *rapidrelease/${zip}\n` })
    expect(await stated(site)).toEqual(checked('z'))
  })

  it('is found at each level above a sequence folder, the nearest first', async () => {
    const site = publish({ [`sequence/7/${zip}`]: 's' })
    fill(site, { 'md5-hash.txt': `${md5('static')}  ${zip}\n`, '../md5-hash.txt': `${md5('far')}  ${zip}\n` })
    expect(await stated(site)).toEqual(unchecked)
    fill(site, { 'md5-hash.txt': `${md5('static')}  ${zip}\n${md5('root')}  sequence/7/${zip}\n` })
    expect(await stated(site)).toEqual(checked('root'))
    fill(site, { 'sequence/md5-hash.txt': `${md5('six')}  6/${zip}\n${md5('seven')}  7/${zip}\n` })
    expect(await stated(site)).toEqual(checked('seven'))
    fill(site, { 'sequence/7/md5-hash.txt': `${md5('s')}  ${zip}\n` })
    expect(await stated(site)).toEqual(checked('s'))
  })

  it('is passed over with a note when it is a page or rubbish', async () => {
    for (const list of [
      `<html>${md5('z')}  ${zip}</html>`,
      `<!DOCTYPE html>\n${md5('z')}  ${zip}\n`,
      'rubbish\u0000',
    ]) {
      const inquiry = asking()
      const offer = offered(await source(publish({ [zip]: 'z', 'md5-hash.txt': list })).ask(inquiry))
      expect([offer.package.digests, inquiry.notes.length]).toEqual([[], 1])
    }
  })

  it('may not be beyond its limit', async () => {
    const site = publish({ [zip]: 'z', 'md5-hash.txt': 'x'.repeat(limits.hashList + 1) })
    expect(await codeOf(source(site).ask(asking()))).toBe('INDEX_TOO_LARGE')
  })

  it('does not matter above the address when that is closed', async () => {
    const server = await startHttpServer({
      files: new Map([[`rapid/${zip}`, Buffer.from('z')]]),
      autoindex: 'html',
    })
    open.push(server)
    server.faults.set('/md5-hash.txt', (_, response) => response.writeHead(403).end())
    expect((await ask(`${server.url}rapid/`)).package.digests).toEqual([])
    expect(server.requests.map(({ url }) => url)).toContain('/md5-hash.txt')
  })
})

describe('over a network', () => {
  const files = new Map([
    [`rapid/sequence/178940/${zip}`, Buffer.from('high')],
    [`rapid/sequence/99/${zip}`, Buffer.from('low')],
    ['rapid/md5-hash.txt', Buffer.from(`${md5('high')}  sequence/178940/${zip}\n`)],
  ])

  it('works by FTP, with and without MLSD', async () => {
    for (const noMlsd of [false, true]) {
      const server = await startFtpServer({ files, noMlsd })
      open.push(server)
      const offer = await ask(`${server.url}rapid/`)
      expect(offer.sequence).toEqual({ number: 178940, signed: false })
      expect(offer.package).toMatchObject({ bytes: 4, digests: [{ algorithm: 'md5', hex: md5('high') }] })
      expect(await download(offer.package.remotes[0])).toBe('high')
    }
  })

  it.each(['html', 'json'] as const)('works by HTTP with a listing as %s', async (autoindex) => {
    const server = await startHttpServer({ files, autoindex })
    open.push(server)
    const offer = await ask(`${server.url}rapid/`)
    expect(offer.sequence).toEqual({ number: 178940, signed: false })
    expect(offer.package.digests).toHaveLength(1)
  })

  it('asks for the static names where HTTP lists nothing', async () => {
    const server = await startHttpServer({ files: new Map([[exe, Buffer.from('program')]]) })
    open.push(server)
    const offer = await ask(server.url)
    expect(offer).toMatchObject({ set: null, sequence: null, package: { name: exe, bytes: 7 } })
    expect(offer.package.fingerprint).not.toBeNull()
    server.faults.set(`/${zip}`, (_, response) => response.writeHead(200).end('<html>sorry</html>'))
    expect((await ask(server.url)).package.name).toBe(exe)
  })

  it('tells a portal from an absent package', async () => {
    const server = await startHttpServer({ files: new Map() })
    open.push(server)
    expect(await codeOf(source(server.url).ask(asking()))).toBe('SOURCE_NOT_FOUND')
    server.faults.set('*', (_, response) => response.writeHead(200).end('<html>please log in</html>'))
    expect(await codeOf(source(server.url).ask(asking()))).toBe('FETCH_HTML')
  })
})
