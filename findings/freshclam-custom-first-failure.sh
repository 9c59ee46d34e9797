#!/bin/bash
# freshclam: several DatabaseCustomURLs of which one is bad today. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: each list is fetched and tested for itself, as each official database is; one that is bad keeps its last copy
#   and the others are updated.
# Behaviour: the lists are taken in the order of the file, and the first that is empty, missing or does not load ends
#   the run: those after it are not even asked for. One provider on holiday freezes everything below his line, day after
#   day.
# Output: "Unexpected error when attempting to update from custom database URL", status 6 (empty) or 8 (does not load).
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www db
serve www requests
freshclam_conf 'DatabaseMirror 127.0.0.1:1' \
  "DatabaseCustomURL http://127.0.0.1:$port/first.hdb" "DatabaseCustomURL http://127.0.0.1:$port/second.hdb"
update() {
  run_freshclam --update-db=custom
  echo "status $?, second list: $(cat db/second.hdb 2>/dev/null || echo none)"
}
good='00000000000000000000000000000000:1:Second'
echo "$good" >www/second.hdb
: >www/first.hdb
seen 'the first is empty' 'status 6, second list: none' "$(update)"
echo 'no signature' >www/first.hdb
seen 'the first does not load' 'status 8, second list: none' "$(update)"
seen 'requests for the second' 0 "$(grep -c 'GET /second' requests)"
echo "${good/Second/First}" >www/first.hdb
seen 'the first is good again' "status 0, second list: $good" "$(update)"
the_end
