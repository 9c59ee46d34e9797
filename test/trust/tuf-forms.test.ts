import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openTufMetadata } from '../../src/trust/tuf.ts'
import { makeTufKey, openTufRepository, type TufKey, type TufRepository } from '../support/tuf-repository.ts'

const bytesOf = (repository: TufRepository, name: string) =>
  repository.files.get(`metadata/${name}.json`) ?? Buffer.of()
const begin = (repository: TufRepository) =>
  openTufMetadata(new Map([['root', bytesOf(repository, '1.root')]]), new Date('2026-11-28T12:00:00Z'))
const refused = expect.objectContaining({ code: 'TRUST_METADATA' })

// What date parsers make something of, or nothing at all.
const otherForms = [
  '2099-01-01',
  '2099-01-01T00:00:00',
  '2099-01-01T00:00:00+00:00',
  '2099-01-01T00:00:00.000Z',
  '2099-01-01 00:00:00Z',
  'Thu, 01 Jan 2099 00:00:00 GMT',
  '+002099-01-01T00:00:00Z',
  '2099-13-45T00:00:00Z',
  'never',
  '',
]

describe('the end of a statement', () => {
  it.each(otherForms)('has the form of the specification and not %j, in every role', (expires) => {
    for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
      const repository = openTufRepository()
      repository.roles[role].expires = expires
      repository.publish('targets', 'snapshot', 'timestamp')
      const metadata = begin(repository)
      const take = () => {
        metadata.addTimestamp(bytesOf(repository, 'timestamp'))
        metadata.addSnapshot(bytesOf(repository, '1.snapshot'))
        metadata.addRole(bytesOf(repository, '1.targets'), 'targets', 'root')
      }
      expect(take, role).toThrow(refused)
    }
  })

  it('the same for the next root', () => {
    const repository = openTufRepository()
    const metadata = begin(repository)
    repository.roles.root.expires = '2099-01-01'
    repository.root()
    expect(() => metadata.addRoot(bytesOf(repository, '2.root'))).toThrow(refused)
  })

  it('in that form it is taken', () => {
    const repository = openTufRepository()
    expect(() => begin(repository).addTimestamp(bytesOf(repository, 'timestamp'))).not.toThrow()
  })
})

const hex = ({ public: open }: TufKey) => String((open['keyval'] as { public: string }).public)

/** The same key under another name, written otherwise. */
function respelt(key: TufKey, text: string): TufKey {
  const id = `${key.id.slice(0, -1)}${key.id.endsWith('0') ? '1' : '0'}`
  return {
    id,
    public: { ...key.public, keyval: { public: text } },
    sign: (bytes) => ({ ...key.sign(bytes), keyid: id }),
  }
}

function pemOf(key: TufKey): string {
  const x = Buffer.from(hex(key), 'hex').toString('base64url')
  const spki = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return spki.export({ type: 'spki', format: 'pem' }).toString()
}

describe('one key in two spellings counts as one', () => {
  it.each<[string, (key: TufKey) => string]>([
    ['capitals', (key) => hex(key).toUpperCase()],
    ['blanks around', (key) => ` ${hex(key)}\n`],
    ['PEM', pemOf],
    ['PEM with other line ends', (key) => pemOf(key).replaceAll('\n', '\r\n')],
  ])('%s', (_, spell) => {
    const repository = openTufRepository()
    const { root, targets } = repository.roles
    const [key] = targets.keys
    if (!key) throw new Error('no key')
    const again = respelt(key, spell(key))
    targets.keys.push(again)
    targets.signers.push(again)
    targets.threshold = 2
    root.version = 1
    repository.publish('root')
    expect(() => begin(repository)).toThrow(refused)
  })

  it('two keys are two', () => {
    const repository = openTufRepository()
    repository.roles.targets.keys.push(makeTufKey())
    repository.publish('root')
    expect(() => begin(repository)).not.toThrow()
  })
})
