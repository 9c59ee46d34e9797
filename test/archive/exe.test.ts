import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { craftZip, type Lie } from './craft-zip.ts'
import { expectCode, names, opened } from './workshop.ts'

const members: readonly Lie[] = [
  { name: 'v.grd', data: 'guard' },
  { name: 'VIRSCAN.DAT', data: 'virus '.repeat(500) },
]
const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(70_000, 0x90)])

describe('archive/exe', () => {
  it.each([false, true])('reads a zip after a program (offsets corrected: %s)', async (corrected) => {
    const set = await opened(craftZip(members, { stub: program, corrected }))
    expect(names(set)).toEqual(['VIRSCAN.DAT', 'v.grd'])
  })

  it('refuses a signature or anything else after the zip', async () => {
    await expectCode(
      opened(craftZip(members, { stub: program, trailing: Buffer.alloc(5000) })),
      'ARCHIVE_TRAILING',
    )
  })

  it('refuses bytes between the members, and a program whose zip was cut off', async () => {
    const [first = { name: '' }, ...rest] = members
    const gap = craftZip([{ ...first, after: Buffer.from('x') }, ...rest], { stub: program })
    await expectCode(opened(gap), 'ARCHIVE_HIDDEN')
    const whole = craftZip(members, { stub: program })
    await expectCode(opened(whole.subarray(0, whole.length - 30)), 'ARCHIVE_TRUNCATED')
  })

  it('refuses offsets that count half of the program', async () => {
    const half = craftZip(members, { stub: program.subarray(0, 1000), corrected: true })
    await expectCode(opened(Buffer.concat([program, half.subarray(1000)])), 'ARCHIVE_HIDDEN')
  })

  it.each([false, true])('refuses a program beyond the bound (offsets corrected: %s)', async (corrected) => {
    const stub = Buffer.concat([program, Buffer.alloc(limits.stub + 1 - program.length)])
    await expectCode(opened(craftZip(members, { stub, corrected })), 'ARCHIVE_HIDDEN')
  })

  it('knows no program without an archive, and refuses the archives of others', async () => {
    await expectCode(opened(program), 'ARCHIVE_UNKNOWN')
    const sevenZip = Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1')
    await expectCode(opened(Buffer.concat([program, sevenZip, Buffer.alloc(99)])), 'ARCHIVE_UNSUPPORTED')
  })
})
