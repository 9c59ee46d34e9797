#!/bin/bash
# openssl cms: what -verify leaves behind when it fails. Seen with OpenSSL 3.0.22 (Debian 12).
#
# Guess: without a valid signature there is no output file.
# Behaviour: it depends on what fails. Where the signer is not trusted, the file given with -out is there and empty;
#   where the content is not what was signed (one byte changed), the whole changed content is written to it, and status
#   4 is the only sign. "verify -out new && ..." is safe; "verify -out new; use new" is not.
# Output: 0 bytes, 8 bytes.
. "$(dirname "$0")/lib/setup.sh"
debian openssl 3.0.22-1~deb12u2
. "$here/lib/certificates.sh"

certify signer 'keyUsage=digitalSignature\n'
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj '/CN=Another Root' -days 9 2>/dev/null
printf 'content\n' >text
printf 'CONTENT\n' >changed
openssl cms -sign -binary -in text -signer signer.pem -inkey signer.key -outform DER -out text.sig
verify() { # CONTENT ROOT
  rm -f new
  openssl cms -verify -binary -inform DER -in text.sig -content "$1" -CAfile "$2" -out new 2>err
  echo "status $?, $([ -e new ] && wc -c <new || echo no) bytes"
}
seen 'good' 'status 0, 8 bytes' "$(verify text ca.pem)"
seen 'signer under another root' 'status 4, 0 bytes' "$(verify text other.pem)"
seen 'content changed' 'status 4, 8 bytes' "$(verify changed ca.pem)"
seen 'which content' CONTENT "$(cat new)"
the_end
