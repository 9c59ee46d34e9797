#!/bin/bash
# cvdupdate: the detached signatures of databases. Seen with clamav-cvdupdate 1.1.1 (Debian 12) and ClamAV's own test databases.
#
# Guess: a mirror has what ClamAV's servers have: NAME.cvd and the signature beside it that ClamAV 1.5 asks for.
# Behaviour: only databases and patches are fetched. No signature is asked for, so that clients which want one (as with
#   FIPSCryptoHashLimits) cannot use the mirror, and no signature is looked at: a database whose end is damaged is
#   taken with its version and status 0.
# Output: no request for a .sign, "Downloaded daily.cvd. Version: 3" and status 0 for the good and for the damaged one.
. "$(dirname "$0")/lib/setup.sh"
vectors
. "$here/lib/cvdupdate.sh"
cp "$vectors/test-3.cvd" www/daily.cvd
for name in "$vectors"/test-3.cvd*.sign; do cp "$name" www/daily.cvd.sign; done
echo 3 >daily
cvd add daily.cvd "http://127.0.0.1:$port/daily.cvd"
cvd update
seen 'status' 0 $?
seen 'what it says' 'Downloaded daily.cvd. Version: 3' "$(grep -o 'Downloaded daily.*' said)"
seen 'requests for the signature' 0 "$(grep -c sign asked)"

cvd remove daily.cvd
rm -f mirror/*
printf 'damage' | dd of=www/daily.cvd bs=1 seek=$(($(stat -c %s www/daily.cvd) - 6)) conv=notrunc 2>/dev/null
cvd add daily.cvd "http://127.0.0.1:$port/daily.cvd"
cvd update
seen 'status of the damaged one' 0 $?
seen 'what it says of it' 'Downloaded daily.cvd. Version: 3' "$(grep -o 'Downloaded daily.*' said)"
the_end
