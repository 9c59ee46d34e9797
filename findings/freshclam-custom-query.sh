#!/bin/bash
# freshclam: a DatabaseCustomURL with a query. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: `https://provider/list.hdb?key=...` is stored as list.hdb; or freshclam refuses the address.
# Behaviour: it is stored as `list.hdb?key=...`, tested ("unknown extension - skipping ... Database test passed"),
#   reported as "updated ... sigs: 1", status 0 - and never loaded by anybody, the name having no database's extension.
#   The key lies in a file name that every user of the machine may read.
# Output: "list.hdb?key=example updated (version: custom database, sigs: 1)", status 0.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www db
serve www
echo '00000000000000000000000000000000:1:Listed' >www/list.hdb
freshclam_conf 'DatabaseMirror 127.0.0.1:1' \
  "DatabaseCustomURL http://127.0.0.1:$port/list.hdb?key=example"
run_freshclam --update-db=custom
seen status 0 $?
seen 'said' 'list.hdb?key=example updated (version: custom database, sigs: 1)' "$(grep -o 'list.hdb?key.*sigs: 1)' out)"
seen 'stored as' 'list.hdb?key=example' "$(cd db && ls | grep list)"
the_end
