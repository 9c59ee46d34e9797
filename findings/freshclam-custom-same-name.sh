#!/bin/bash
# freshclam: two DatabaseCustomURLs whose paths end in the same name. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: an error when the file is read, or the last one wins.
# Behaviour: both are asked for, and there is one file. The second is asked whether it is newer than the copy of the first
#   that was made a moment ago, which it is not: "up-to-date", status 0, and nothing of it is in use. When the second
#   changes later, it replaces the first.
# Output: "list.hdb updated" and "list.hdb is up-to-date", the signature of the first; after a change of the second its own alone.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir -p www/one www/two
serve www requests
freshclam_conf 'DatabaseMirror 127.0.0.1:1' \
  "DatabaseCustomURL http://127.0.0.1:$port/one/list.hdb" "DatabaseCustomURL http://127.0.0.1:$port/two/list.hdb"
publish() { echo "00000000000000000000000000000000:1:Of.$1" >"www/$1/list.hdb" && touch -d "$2" "www/$1/list.hdb"; }
update() {
  run_freshclam --update-db=custom
  echo "status $?, $(grep -o 'list.hdb updated\|up-to-date' out | paste -sd, | sed 's/list.hdb //'), in use: $(cut -d: -f3 db/list.hdb)"
}
publish one '2 hours ago'
publish two '1 hour ago'
seen 'first run' 'status 0, updated,up-to-date, in use: Of.one' "$(update)"
seen 'second run' 'status 0, up-to-date,up-to-date, in use: Of.one' "$(update)"
seen 'requests for the second' 2 "$(grep -c 'GET /two' requests)"
publish two '2 seconds'
seen 'the second changes' 'status 0, up-to-date,updated, in use: Of.two' "$(update)"
the_end
