#!/bin/bash
# openssl cms: the certificate of a code signer. Seen with OpenSSL 3.0.22 (Debian 12).
#
# Guess: a certificate made for code signing verifies signed files; if a purpose must be named, it is `codesign`.
# Behaviour: `cms -verify` takes every signature for mail: a signer whose only extended usage is codeSigning is refused
#   ("unsuitable certificate purpose"), one without any usage passes. 3.0 has no purpose `codesign` (3.2 brought it);
#   what remains is `-purpose any`, which takes the key of a web server as well.
# Output: 4 for code signing, 0 without usage, 0 for both with `any`, 0 for serverAuth with `any`.
. "$(dirname "$0")/lib/setup.sh"
debian openssl 3.0.22-1~deb12u2
. "$here/lib/certificates.sh"

certify code 'extendedKeyUsage=codeSigning\n'
certify plain 'keyUsage=digitalSignature\n'
certify server 'extendedKeyUsage=serverAuth\n'
printf 'text\n' >text
verify() { # SIGNER...
  openssl cms -sign -binary -in text -signer "$1.pem" -inkey "$1.key" -outform DER -out text.sig
  openssl cms -verify -binary -inform DER -in text.sig -content text -CAfile ca.pem "${@:2}" >out 2>err
  echo $?
}
seen 'code signing' 4 "$(verify code)"
seen 'the reason' 1 "$(grep -c 'unsuitable certificate purpose' err)"
seen 'no usage stated' 0 "$(verify plain)"
seen '-purpose codesign' 'Invalid purpose' "$(verify code -purpose codesign >/dev/null; grep -o 'Invalid purpose' err)"
seen 'code signing, any' 0 "$(verify code -purpose any)"
seen 'web server, any' 0 "$(verify server -purpose any)"
the_end
