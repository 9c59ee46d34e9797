#!/bin/bash
# rspamd's antivirus module while clamd is away. Seen with rspamd 3.4, clamav-daemon 1.4.6 (Debian 12).
#
# Guess: with `action = "reject"` for what is found, mail that cannot be scanned is deferred, or at least asked about again
#   for the length of `timeout` times `retransmits`.
# Behaviour: the mail gets the symbol NAME_FAIL with the score 0 and no action: it passes. A socket that is not there, as
#   while clamd is started anew, is a failure at once, so that all retransmits are used up within milliseconds: every mail
#   of that half minute passes unscanned. (`force_actions` with that symbol makes a "soft reject" of it.)
# Output: "no action" with CLAM_FAIL (0.00) within a second, for an attachment that is rejected when clamd is there.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/rspamd.sh"

mkdir db
printf 'hello definition' >sample
echo "$(md5sum <sample | cut -d' ' -f1):16:Example" >db/example.hdb
printf '%s\n' 'From: a@a.example' 'Subject: text' 'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.bin' \
  'Content-Disposition: attachment; filename=a.bin' 'Content-Transfer-Encoding: base64' '' "$(base64 sample)" >mail
start_rspamd "antivirus { clam { type = \"clamav\"; servers = \"$T/socket\"; symbol = \"CLAM\"; action = \"reject\";" \
  'scan_mime_parts = true; timeout = 10s; retransmits = 3; } }'
start_clamd 'SelfCheck 0'
clamd=${started[-1]}
seen 'clamd there' 'reject CLAM (0.00)' "$(verdict mail CLAM CLAM_FAIL | paste -sd' ')"
kill "$clamd" && wait "$clamd" 2>/dev/null
rm -f socket
before=$(date +%s%N)
seen 'clamd away' 'no action CLAM_FAIL (0.00)' "$(verdict mail CLAM CLAM_FAIL | paste -sd' ')"
seen 'within a second' yes "$([ $(($(date +%s%N) - before)) -lt 1000000000 ] && echo yes || echo no)"
start_clamd 'SelfCheck 0'
seen 'clamd there again' 'reject CLAM (0.00)' "$(verdict mail CLAM CLAM_FAIL | paste -sd' ')"
the_end
