import { describe, expect, it } from 'vitest'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import type { FailedHost, Offer } from '../../src/source/source.ts'
import { asRecord } from '../../src/update/ask.ts'
import { judgeAnswer, throughHosts } from '../../src/update/ask-hosts.ts'
import { isRefusal } from '../../src/update/refusal.ts'
import type { Run } from '../../src/update/run.ts'

/** What becomes of each host's offer, in order: taken, an older set, or an error. */
type Fate = 'taken' | 'older' | 'same' | 'stale' | ErrorCode

async function through(fates: readonly Fate[]) {
  const events: string[] = []
  const run = {
    signal: new AbortController().signal,
    context: { emit: () => undefined },
    report: (name: string) => events.push(name),
  } as unknown as Run
  const url = (host: number) => `http://${host}/`
  let asked = 0
  const ask = async (left: readonly FailedHost[]) => {
    const host = fates.findIndex((_, index) => left.every((one) => one.url !== url(index)))
    if (host < 0) throw new DefsError('SOURCE_UNREACHABLE', 'nobody is left')
    asked += 1
    return { package: { remotes: [{ url: url(host) }], exact: false, digests: [] } } as unknown as Offer
  }
  const hostOf = (offer: Offer) => Number(offer.package.remotes[0]?.url.slice(7, -1))
  const result = throughHosts<string>({ name: 'x', alternatives: fates.length - 1 }, run, {
    ask,
    async use(offer) {
      const fate = 'nothing' in offer ? 'same' : (fates[hostOf(offer)] ?? 'same')
      if (fate === 'taken' || fate === 'older' || fate === 'same' || fate === 'stale') return fate
      throw new DefsError(fate, `as told by ${fate}`)
    },
    judge: (fate) => {
      const why = fate === 'older' ? 'older' : 'same'
      return judgeAnswer(fate === 'taken', why, fate === 'stale')
    },
  })
  const end = await result.catch((error: unknown) => (error instanceof DefsError ? error.code : 'BUG'))
  return { end, asked, refused: events.filter((name) => name === 'package.refused').length }
}

describe('the hosts of a source', () => {
  it.each<[string, readonly Fate[], string, number]>([
    ['one that is good', ['taken'], 'taken', 1],
    ['a damaged package, then a good one', ['ARCHIVE_CORRUPT', 'taken'], 'taken', 2],
    ['one that was cut off', ['ARCHIVE_TRUNCATED', 'taken'], 'taken', 2],
    ['a bad signature', ['TRUST_SIGNATURE', 'taken'], 'taken', 2],
    ['a wrong digest', ['TRUST_DIGEST', 'taken'], 'taken', 2],
    ['a page in its place', ['FETCH_HTML', 'taken'], 'taken', 2],
    ['a pack with too few rules', ['GATE_REFUSED', 'taken'], 'taken', 2],
    [
      'one that is gone, two that are bad',
      ['SOURCE_NOT_FOUND', 'ARCHIVE_CORRUPT', 'TRUST_CHAIN', 'taken'],
      'taken',
      4,
    ],
    [
      'none that is good: the gravest is told',
      ['SOURCE_STALLED', 'TRUST_SIGNATURE', 'ARCHIVE_CORRUPT'],
      'TRUST_SIGNATURE',
      3,
    ],
    ['a bad one, then nothing newer: the bad one is told', ['TRUST_SIGNATURE', 'same'], 'TRUST_SIGNATURE', 2],
    ['one that is behind us', ['older', 'taken'], 'taken', 2],
    ['all behind us', ['older', 'older'], 'older', 2],
    ['nothing newer at the first', ['same', 'taken'], 'same', 1],
    ['nothing newer although ours is old: the next may know better', ['stale', 'taken'], 'taken', 2],
    ['nothing newer anywhere, and ours is old', ['stale', 'stale'], 'stale', 2],
    ['nothing newer, and a bad one after it', ['stale', 'TRUST_SIGNATURE'], 'stale', 2],
    ['nothing newer, and one behind us after it', ['stale', 'older'], 'stale', 2],
    ['a full disk is no fault of a host', ['STORE_FULL', 'taken'], 'STORE_FULL', 1],
    ['nor are anchors that cannot be read', ['TRUST_ANCHORS', 'taken'], 'TRUST_ANCHORS', 1],
  ])('%s', async (_, fates, end, asked) => {
    expect(await through(fates)).toMatchObject({ end, asked })
  })

  it('reports each host that delivered something bad', async () => {
    expect(await through(['TRUST_SIGNATURE', 'ARCHIVE_CORRUPT', 'taken'])).toMatchObject({ refused: 2 })
    expect(await through(['SOURCE_STALLED', 'taken'])).toMatchObject({ refused: 0 })
  })

  it('reports the last one, too, where that is not what ends the run', async () => {
    expect(await through(['TRUST_SIGNATURE', 'ARCHIVE_CORRUPT'])).toMatchObject({ refused: 2 })
    expect(await through(['stale', 'TRUST_SIGNATURE'])).toMatchObject({ end: 'stale', refused: 1 })
  })
})

describe('what is kept of a failed run', () => {
  it('says the reason that the message announces', () => {
    const cause = new DefsError('SOURCE_UNREACHABLE', 'http://h/: cannot be reached')
    const error = new DefsError('SOURCE_UNREACHABLE', 'no usable answer; the gravest reason follows', {
      cause,
    })
    expect(asRecord(error).message).toBe(
      'no usable answer; the gravest reason follows: http://h/: cannot be reached',
    )
  })
})

it('what cannot be judged here was not refused for what it is', () => {
  expect([isRefusal('TRUST_ANCHORS'), isRefusal('TRUST_CHAIN'), isRefusal('SOURCE_UNREACHABLE')]).toEqual([
    false,
    true,
    false,
  ])
})
