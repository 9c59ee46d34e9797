#!/bin/bash
# freshclam: a web page where a list of YARA rules should be. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: the test of each database before it is put in place keeps a page of a proxy or a login out, as it does for other
#   lists.
# Behaviour: in a .yar each rule that cannot be read is dropped by itself, and a page is a file of none: "Database test
#   passed", the page replaces the rules, and what is told as signatures is its number of lines. A .hdb or .ndb is refused with status 8.
# Output: "list.yar updated (version: custom database, sigs: 3)", status 0, and nothing found any more; status 8 for the .hdb.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www
serve www
printf 'hello definition\n' >sample
update() { # LIST
  freshclam_conf 'DatabaseMirror 127.0.0.1:1' "DatabaseCustomURL http://127.0.0.1:$port/$1"
  run_freshclam --update-db=custom
  echo "status $?, found $(clamscan --no-summary -d "db/$1" sample 2>/dev/null | grep -c FOUND)"
}
echo 'rule Example { strings: $a = "definition" condition: $a }' >www/list.yar
echo "$(md5sum <sample | cut -d' ' -f1):17:Example.Hash" >www/list.hdb
touch -d '1 hour ago' www/list.*
seen 'the rules' 'status 0, found 1' "$(update list.yar)"
seen 'the hashes' 'status 0, found 1' "$(update list.hdb)"
printf '%s\n' '<!DOCTYPE html>' '<html><head><title>Log in</title></head>' '<body><p>Your session has ended.</p></body></html>' |
  tee www/list.yar >www/list.hdb
touch -d '1 hour' www/list.*
seen 'a page in place of the hashes' 'status 8, found 1' "$(update list.hdb)"
seen 'a page in place of the rules' 'status 0, found 0' "$(update list.yar)"
seen 'it says' 'Database test passed. list.yar updated (version: custom database, sigs: 3)' \
  "$(grep -o 'Database test passed.\|list.yar updated ([^)]*)' out | paste -sd' ')"
the_end
