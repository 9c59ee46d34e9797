#!/bin/bash
# freshclam: with which date it asks for a DatabaseCustomURL again. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: If-Modified-Since is the Last-Modified that the server gave, and the copy gets that time, as with `wget -N` or
#   `curl -R -z`.
# Behaviour: the copy's time is the moment of the download, and that is what it asks with. A list that was MADE before
#   our last download and PUT on the server after it (every mirror that is filled with `rsync -t`, every list that is
#   built, checked, and published an hour later) is "not modified" for freshclam, on every server that answers 304 to
#   dates at or before the one asked for (Apache, Python, nginx with `if_modified_since before`) - until the list
#   changes once more.
# Output: "list.hdb is up-to-date", and the old line still in the database folder.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www db
serve www
freshclam_conf 'DatabaseMirror 127.0.0.1:1' \
  "DatabaseCustomURL http://127.0.0.1:$port/list.hdb"
update() { run_freshclam --update-db=custom; }

echo '00000000000000000000000000000000:1:First' >www/list.hdb
touch -d '3 hours ago' www/list.hdb
update
seen 'first list' '00000000000000000000000000000000:1:First' "$(cat db/list.hdb)"
seen 'the copy has the time of' download "$([ db/list.hdb -nt www/list.hdb ] && echo download || echo server)"
# The second list: built an hour ago, published now.
echo '00000000000000000000000000000000:1:Second' >www/list.hdb
touch -d '1 hour ago' www/list.hdb
update
seen 'status' 0 $?
seen 'said' 1 "$(grep -c 'list.hdb is up-to-date' out)"
seen 'what is in use' '00000000000000000000000000000000:1:First' "$(cat db/list.hdb)"
the_end
