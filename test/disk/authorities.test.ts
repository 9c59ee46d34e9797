import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Authority, makeAuthority } from '../support/authority.ts'

let folder: string
let authority: Authority
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-authorities-'))
  authority = makeAuthority(join(folder, 'house'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
// What was read is kept for the life of a process.
beforeEach(() => vi.resetModules())

async function read(env: Record<string, string>, file: string | null = null): Promise<string> {
  const { readAuthorities } = await import('../../src/disk/authorities.ts')
  return readAuthorities(file, env)
}

function put(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const count = (pem: string) => pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0
const house = () => authority.rootPem.trim()

describe('the authorities of the machine', () => {
  it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('%s stands beside the list of Node.js', async (name) => {
    const pem = await read({ [name]: authority.rootPath })
    expect(pem).toContain(house())
    expect(pem).toContain(rootCertificates[0])
    expect(count(pem)).toBeGreaterThan(rootCertificates.length)
  })

  it('holds each once, and takes nothing that is no certificate', async () => {
    const key = readFileSync(authority.root.key, 'utf8')
    const file = put('bundle.pem', `# house\n${key}${authority.rootPem}\nno PEM\n${authority.rootPem}`)
    const pem = await read({ SSL_CERT_FILE: file })
    expect(pem.split(house())).toHaveLength(2)
    expect(pem).not.toContain('PRIVATE KEY')
    expect(pem).not.toContain('no PEM')
  })

  it.each([
    ['a file that is not there', () => join(folder, 'none.pem')],
    ['a file without a certificate', () => put('empty.pem', 'nothing here\n')],
    ['nothing', () => ''],
  ])('with %s the list of Node.js stays', async (_, file) => {
    const pem = await read({ SSL_CERT_FILE: file() })
    expect(pem).toContain(rootCertificates[0])
    expect(count(pem)).toBeGreaterThanOrEqual(rootCertificates.length)
  })

  it('a file that is named counts alone, and must be there', async () => {
    const pem = await read({ SSL_CERT_FILE: join(folder, 'none.pem') }, authority.rootPath)
    expect(pem.trim()).toBe(house())
    await expect(read({}, join(folder, 'none.pem'))).rejects.toThrow()
  })
})
