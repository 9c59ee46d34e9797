#!/bin/bash
# clamd: how long a detection takes with a VirusEvent. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the command is started beside the scan; whoever asked has the answer at once.
# Behaviour: clamd waits for the end of the command before it answers FOUND, for as long as that takes, and whatever its
#   status. A command that mails, or asks a server that is away, makes each detection so slow, and what has a shorter
#   timeout - a mail filter, a check - goes on as if clamd had said nothing: rspamd passes the mail. A clean file is answered
#   at once. Also a test of one's own, over a stream, is an event to it; the file is called instream(local) then.
# Output: a command of 5 s: 5 s for a detection, none for a clean file; the status 3 of the command is nowhere to be seen.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/rspamd.sh"

mkdir db
printf 'hello definition' >sample
printf 'nothing of it' >clean
echo "$(md5sum <sample | cut -d' ' -f1):16:Example" >db/example.hdb
printf '%s\n' 'From: a@a.example' 'Subject: text' 'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.dat' \
  'Content-Disposition: attachment; filename=a.dat' 'Content-Transfer-Encoding: base64' '' "$(base64 sample)" >mail
printf '%s\n' '#!/bin/sh' 'sleep 5' "echo \"\$CLAM_VIRUSEVENT_FILENAME \$CLAM_VIRUSEVENT_VIRUSNAME\" >>$T/told" 'exit 3' >event
chmod 755 event
# asked FILE: what clamd says, and whether that took as long as the command.
asked() {
  local before said
  before=$(date +%s%N)
  said=$(scan "$1")
  echo "$said, $([ $(($(date +%s%N) - before)) -ge 5000000000 ] && echo later || echo at once)"
}
start_clamd 'SelfCheck 0'
found='Example.UNOFFICIAL FOUND'
start_rspamd "antivirus { clam { type = \"clamav\"; servers = \"$T/socket\"; symbol = \"CLAM\"; action = \"reject\";" \
  'timeout = 1s; retransmits = 1; } }'
seen 'without a command' "$found, at once" "$(asked sample)"
seen 'rspamd, which waits for 1 s' reject "$(verdict mail)"
kill "${started[0]}" && wait "${started[0]}" 2>/dev/null
start_clamd 'SelfCheck 0' "VirusEvent $T/event"
seen 'a command of 5 s' "$found, later" "$(asked sample)"
seen 'a clean file' 'OK, at once' "$(asked clean)"
seen 'what the command was told' 'instream(local) Example.UNOFFICIAL' "$(cat told)"
seen 'rspamd' 'no action CLAM_FAIL (0.00)' "$(verdict mail CLAM CLAM_FAIL | paste -sd' ')"
the_end
