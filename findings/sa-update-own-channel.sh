#!/bin/bash
# sa-update: the first channel of one's own. Seen with spamassassin 4.0.1 (Debian 12).
#
# Guess: rules of a channel add to those that came with the package, as those in /etc/spamassassin do.
# Behaviour: once /var/lib/spamassassin has the folder of this version, all that the package has in
#   /usr/share/spamassassin is left out, the test string GTUBE and the lines of the report included. Who names one channel
#   of his own and not updates.spamassassin.org beside it has the rules of that channel and no others, status 0, and
#   `spamassassin --lint` ends with 0, too.
# Output: GTUBE before; after an update that ends with 0, the own rule and no GTUBE; lint 0.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
. "$here/lib/spamassassin.sh"

printf '%s\n' 'From: a@a.example' 'Subject: text' '' 'hello' \
  'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X' >mail
start_channel www
publish www 100 'body OWN /hello/' 'score OWN 3'
seen 'before' GTUBE "$(hits mail GTUBE OWN)"
seen 'status of the update' 0 "$(update)"
seen 'after' OWN "$(hits mail GTUBE OWN)"
spamassassin --lint >/dev/null 2>&1
seen 'status of --lint' 0 $?
the_end
