#!/bin/bash
# openssl cms: -no_check_time together with -attime. Seen with OpenSSL 3.0.22 (Debian 12).
#
# Guess: -no_check_time switches the judging of dates off, whatever else is said.
# Behaviour: -attime wins: "certificate has expired" although -no_check_time stands beside it, in either order. A test
#   that wants dates ignored must leave -attime out.
# Output: status 0 with -no_check_time alone, 4 with both.
. "$(dirname "$0")/lib/setup.sh"
debian openssl 3.0.22-1~deb12u2
. "$here/lib/certificates.sh"

certify signer 'keyUsage=digitalSignature\n'
printf 'text\n' >text
openssl cms -sign -binary -in text -signer signer.pem -inkey signer.key -outform DER -out text.sig
verify() { openssl cms -verify -binary -inform DER -in text.sig -content text -CAfile ca.pem "$@" >out 2>err; echo $?; }
later=$(($(date +%s) + 40000000))
seen 'today' 0 "$(verify)"
seen '-no_check_time' 0 "$(verify -no_check_time)"
seen '-attime after the end' 4 "$(verify -attime $later)"
seen '-no_check_time -attime' 4 "$(verify -no_check_time -attime $later)"
seen '-attime -no_check_time' 4 "$(verify -attime $later -no_check_time)"
seen 'the reason' 1 "$(grep -c 'certificate has expired' err)"
the_end
