#!/bin/bash
# node:crypto, OpenSSL: RSA-PSS with a key of 2047 bits. Seen with Node.js 20 and OpenSSL 3.0.22 (Debian 12).
#
# Guess: a verifier that follows RFC 8017 agrees with every PSS signature that its maker, a well-known project,
#   verifies.
# Behaviour: for a modulus of 2047 bits the RFC's block has 2046 bits, so the two highest bits of the first byte must be
#   0. ClamAV's keys have 2047 bits and its own check clears one bit only (as for 2048): half of its good signatures
#   have the second bit set, and node:crypto and openssl refuse exactly those, with the right key and the right bytes.
#   Here the same block is made by hand, once with that bit and once without; a key of 2048 bits takes both forms of
#   block.
# Output: true without the bit, false with it; openssl: "Signature Verification Failure".
. "$(dirname "$0")/lib/setup.sh"
command -v node >/dev/null || absent node
command -v openssl >/dev/null || absent openssl

cat >pss.js <<'J'
import { constants, createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2047 })
const jwk = privateKey.export({ format: 'jwk' })
const number = (text) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
const [n, d] = [number(jwk.n), number(jwk.d)]
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
const power = (base, exponent) => {
  let result = 1n
  for (let rest = base % n, bits = exponent; bits > 0n; bits >>= 1n, rest = (rest * rest) % n)
    if (bits & 1n) result = (result * rest) % n
  return result
}
const text = Buffer.from('daily.info\n')

/** A PSS signature whose block has 2047 bits, as ClamAV's maker and check have it. */
function sign() {
  const salt = randomBytes(32)
  const h = sha(Buffer.alloc(8), sha(text), salt)
  const db = Buffer.concat([Buffer.alloc(190), Buffer.from([1]), salt])
  for (let i = 0, at = 0; at < 223; i++) {
    const mask = sha(h, Buffer.from([0, 0, 0, i]))
    for (const byte of mask) if (at < 223) db[at++] ^= byte
  }
  db[0] &= 0x7f
  const block = Buffer.concat([db, h, Buffer.from([0xbc])])
  const value = BigInt(`0x${block.toString('hex')}`)
  if (value >= n) return sign() // not below the modulus: another salt
  const signature = Buffer.from(power(value, d).toString(16).padStart(512, '0'), 'hex')
  return { signature, bit: (block[0] & 0x40) !== 0 }
}
const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
writeFileSync('key.pem', publicKey.export({ type: 'spki', format: 'pem' }))
writeFileSync('text', text)
for (const wanted of [false, true]) {
  let made = sign()
  while (made.bit !== wanted) made = sign()
  writeFileSync(`signature-${wanted}`, made.signature)
  console.log(verify('sha256', text, key, made.signature))
}
console.log(publicKey.asymmetricKeyDetails.modulusLength)
J
echo '{"type":"module"}' >package.json
node pss.js >out
check() {
  openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify key.pem -signature "$1" text 2>/dev/null | head -1
}
seen 'bits of the key' 2047 "$(sed -n 3p out)"
seen 'node:crypto, second bit clear' true "$(sed -n 1p out)"
seen 'node:crypto, second bit set' false "$(sed -n 2p out)"
seen 'openssl, second bit clear' 'Verified OK' "$(check signature-false)"
seen 'openssl, second bit set' 'Verification failure' "$(check signature-true)"
the_end
