import { describe, expect, it } from 'vitest'
import { networkError } from '../../src/transport/network-error.ts'

const failed = (code: string) =>
  networkError(Object.assign(new Error(code), { code }), 'https://host/', 'connect')

describe('a TLS connection that is refused', () => {
  it.each([
    ['CERT_NOT_YET_VALID', /check the clock, which says \d{4}-/],
    ['CERT_HAS_EXPIRED', /check the clock, which says \d{4}-/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name: check the address/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /network\.authorities/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /network\.authorities/],
  ])('%s: the advice fits the cause', (code, advice) => {
    expect(failed(code)).toMatchObject({ code: 'SOURCE_TLS', message: expect.stringMatching(advice) })
  })
})
