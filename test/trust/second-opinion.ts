import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { ChainPolicy } from '../../src/trust/chain.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import {
  type Authority,
  type Identity,
  makeAuthority,
  openssl,
  signerExtensions,
} from '../support/authority.ts'

/** One signature over {@link content}, judged by openssl and by us. */
export interface Case {
  readonly name: string
  readonly signature: () => Buffer
  /** What is pinned; default the root of `ec`. */
  readonly anchor?: () => Pick<Identity, 'certificate'>
  /** Whether `openssl cms -verify -purpose any -no_check_time` accepts it. */
  readonly theirs: boolean
  /** The code of our refusal; null when we accept. */
  readonly ours: ErrorCode | null
  readonly policy?: Partial<ChainPolicy>
  /** Further options for `openssl cms -verify`. */
  readonly options?: readonly string[]
  readonly method?: string
  readonly expired?: boolean
}

export const content = Buffer.from('[GuardHeader]\r\nLegal=x\r\n[File-a]\r\n')

// An hour on: certificates made by the tests begin after this line runs.
export const policy: ChainPolicy = {
  now: new Date(Date.now() + 3_600_000),
  expired: 'accept',
  allowSha1: false,
}

/** Authorities to sign with; `other` has the names of `ec` and other keys. */
export interface World {
  readonly directory: string
  readonly ec: Authority
  readonly rsa: Authority
  readonly other: Authority
  readonly close: () => void
}

export function openWorld(): World {
  const directory = mkdtempSync(join(tmpdir(), 'defs-opinion-'))
  return {
    directory,
    ec: makeAuthority(join(directory, 'ec')),
    rsa: makeAuthority(join(directory, 'rsa'), { algorithm: 'rsa2048' }),
    other: makeAuthority(join(directory, 'other')),
    close: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A certificate below `issuer`, a signer's unless other extensions are given. */
export function below(
  authority: Authority,
  issuer: Identity,
  name: string,
  extensions: readonly string[] = signerExtensions,
): Identity {
  return authority.issue(name, { extensions }, issuer)
}

/** Whether openssl accepts a detached signature over `data`. */
export function opensslAccepts(
  directory: string,
  data: Uint8Array,
  signature: Uint8Array,
  anchor: string,
  options: readonly string[] = [],
): boolean {
  const contentFile = join(directory, 'content')
  const signed = join(directory, 'signature')
  writeFileSync(contentFile, data)
  writeFileSync(signed, signature)
  const args = ['cms', '-verify', '-inform', 'DER', '-in', signed, '-binary', '-content', contentFile]
  const time = options.includes('-attime') ? [] : ['-no_check_time']
  try {
    openssl([
      ...args,
      '-CAfile',
      anchor,
      '-purpose',
      'any',
      ...time,
      ...options,
      '-out',
      join(directory, 'out'),
    ])
    return true
  } catch {
    return false
  }
}

/** Asserts both verdicts. */
export function judge(row: Case, world: World): void {
  const signature = row.signature()
  const anchor = (row.anchor?.() ?? world.ec.root).certificate
  expect(opensslAccepts(world.directory, content, signature, anchor, row.options)).toBe(row.theirs)
  const anchors = readAnchors([{ text: readFileSync(anchor, 'utf8'), path: anchor }])
  const verdict = () => verifySignature(content, signature, anchors, { ...policy, ...row.policy })
  if (row.ours !== null) {
    expect(verdict).toThrowError(expect.objectContaining({ constructor: DefsError, code: row.ours }))
    return
  }
  expect(verdict()).toMatchObject({
    anchorFingerprint: anchors[0]?.fingerprint,
    expired: row.expired ?? false,
    ...(row.method ? { method: row.method } : {}),
  })
}
