import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { openTufMetadata } from '../../src/trust/tuf.ts'
import { openTufRepository, type TufRepository } from '../support/tuf-repository.ts'

const bytesOf = (repository: TufRepository, name: string) =>
  repository.files.get(`metadata/${name}.json`) ?? Buffer.of()

/** Trusted metadata up to the timestamp. */
function begun(repository: TufRepository) {
  const metadata = openTufMetadata(new Map([['root', bytesOf(repository, '1.root')]]), new Date())
  metadata.addTimestamp(bytesOf(repository, 'timestamp'))
  return metadata
}

describe('how much of a metadata file is asked for', () => {
  it.each([
    ['the bound, when its size is not stated', null, limits.tufSnapshot],
    ['the bound, when more is stated', limits.tufSnapshot + 1, limits.tufSnapshot],
    ['the bound, when that is stated', limits.tufSnapshot, limits.tufSnapshot],
    ['what is stated, when that is less', 777, 777],
  ])('is, of a snapshot, %s', (_, length, most) => {
    const repository = openTufRepository()
    const meta = { 'snapshot.json': { version: 1, ...(length === null ? {} : { length }) } }
    repository.roles.timestamp.extra = { meta }
    repository.publish('timestamp')
    expect(begun(repository).wantedSnapshot()).toEqual({ name: '1.snapshot.json', most })
  })

  it.each([
    [null, limits.tufTargets],
    [limits.tufTargets + 1, limits.tufTargets],
    [777, 777],
  ])('is, of targets with %s bytes stated, %i', (length, most) => {
    const repository = openTufRepository()
    const meta = { 'targets.json': { version: 1, ...(length === null ? {} : { length }) } }
    repository.roles.snapshot.extra = { meta }
    repository.publish('snapshot', 'timestamp')
    const metadata = begun(repository)
    metadata.addSnapshot(bytesOf(repository, '1.snapshot'))
    expect(metadata.wantedRole('targets', 'root')).toEqual({ name: '1.targets.json', most })
  })

  it('is nothing where the snapshot does not name the role', () => {
    const repository = openTufRepository()
    const metadata = begun(repository)
    metadata.addSnapshot(bytesOf(repository, '1.snapshot'))
    expect(() => metadata.wantedRole('elsewhere', 'targets')).toThrow(
      expect.objectContaining({ code: 'TRUST_METADATA' }),
    )
  })
})

describe('what the metadata says of a target', () => {
  const content = Buffer.from('package')

  function targetOf() {
    const repository = openTufRepository()
    repository.claims.set('production/a.zip', content)
    repository.publish('targets', 'snapshot', 'timestamp')
    const metadata = begun(repository)
    metadata.addSnapshot(bytesOf(repository, '1.snapshot'))
    metadata.addRole(bytesOf(repository, '1.targets'), 'targets', 'root')
    const target = metadata.targetIn('targets', 'production/a.zip')
    if (!target) throw new Error('no target')
    return { metadata, target }
  }

  it('is its length and its digest', () => {
    const { metadata, target } = targetOf()
    expect(target.bytes).toBe(content.length)
    expect(() => target.check(content)).not.toThrow()
    for (const wrong of ['packagf', 'package ', 'packag', ''])
      expect(() => target.check(Buffer.from(wrong))).toThrow(
        expect.objectContaining({ code: 'TRUST_DIGEST' }),
      )
    expect(metadata.targetIn('targets', 'production/b.zip')).toBeNull()
    // A name that every object has.
    expect(metadata.targetIn('targets', 'constructor')).toBeNull()
  })
})
