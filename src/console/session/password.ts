import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

// 32 MiB and about a tenth of a second for each guess (OWASP's second choice, which needs less memory at once).
const cost = { N: 2 ** 15, r: 8, p: 3, bytes: 32 } as const
const salt = 16

/** A password as it is kept: `scrypt$N$r$p$<salt>$<hash>`, base64url. */
export async function hashPassword(password: string): Promise<string> {
  const own = randomBytes(salt)
  const hash = await derive(password, own, cost)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${own.toString('base64url')}$${hash.toString('base64url')}`
}

/**
 * Whether a password is the one that is kept. Takes as long for somebody unknown as for a wrong password, so that
 * time does not tell which names there are.
 * @param kept null for somebody unknown
 */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const known = kept === null ? null : readHash(kept)
  const { own, hash, N, r, p } = known ?? {
    own: Buffer.alloc(salt),
    hash: Buffer.alloc(cost.bytes),
    ...cost,
  }
  const derived = await derive(password, own, { N, r, p, bytes: hash.length })
  return timingSafeEqual(derived, hash) && known !== null
}

/** The parts of a kept password; null for what is none of ours, or would cost more than a login may. */
export function readHash(text: string) {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{22,128})$/.exec(text)
  if (!match) return null
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (N < 2 ** 14 || N > 2 ** 17 || (N & (N - 1)) !== 0 || r < 1 || r > 16 || p < 1 || p > 8) return null
  return {
    N,
    r,
    p,
    own: Buffer.from(match[4] ?? '', 'base64url'),
    hash: Buffer.from(match[5] ?? '', 'base64url'),
  }
}

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly bytes: number
}

function derive(password: string, own: Buffer, { N, r, p, bytes }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Some keyboards compose letters and others do not; it is the same password.
    scrypt(password.normalize('NFC'), own, bytes, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
