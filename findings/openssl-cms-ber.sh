#!/bin/bash
# openssl cms: -outform DER. Seen with OpenSSL 3.0.22 (Debian 12).
#
# Guess: with -outform DER the signature is DER.
# Behaviour: with -stream and the content inside, the outermost lengths are indefinite: BER (30 80 ...). A strict reader
#   refuses that, every OpenSSL reads it, so the publisher sees nothing wrong. `-cmsout` makes DER of it, with the
#   signature still good.
# Output: first bytes 30 82 (detached), 30 80 (-stream), 30 82 again after -cmsout.
. "$(dirname "$0")/lib/setup.sh"
debian openssl 3.0.22-1~deb12u2
. "$here/lib/certificates.sh"

certify signer 'keyUsage=digitalSignature\n'
printf 'text\n' >text
sign() { openssl cms -sign -binary -in text -signer signer.pem -inkey signer.key -outform DER -out text.sig "$@" 2>/dev/null; first text.sig; }
first() { od -An -tx1 -N2 "$1" | sed 's/^ //'; }
seen 'detached' '30 82' "$(sign)"
seen 'content inside' '30 82' "$(sign -nodetach)"
seen 'content inside, -stream' '30 80' "$(sign -nodetach -stream)"
openssl cms -cmsout -inform DER -in text.sig -outform DER -out again.sig
seen 'after -cmsout' '30 82' "$(first again.sig)"
openssl cms -verify -binary -inform DER -in again.sig -CAfile ca.pem -out out 2>/dev/null
seen 'which verifies' 'status 0' "status $?"
the_end
