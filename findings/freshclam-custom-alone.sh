#!/bin/bash
# freshclam: custom databases only. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: whoever needs third-party lists only leaves DatabaseMirror out and runs `freshclam --update-db=custom`.
# Behaviour: status 9 without a single request: "No DatabaseMirror or PrivateMirror servers set". With a mirror that
#   does not exist the same run succeeds, as it asks no mirror. And without --update-db the official databases come
#   first, and a mirror that cannot be reached keeps the lists from being asked for at all.
# Output: status 9, status 0 with the list, status 11 without it.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www db
serve www
echo '00000000000000000000000000000000:1:Listed' >www/list.hdb
conf() {
  rm -f db/list.hdb
  freshclam_conf 'MaxAttempts 1' \
    "DatabaseCustomURL http://127.0.0.1:$port/list.hdb" "$@"
}
run() {
  run_freshclam "$@"
  echo "status $?, $(ls db | grep -c list.hdb) list"
}
conf
seen 'without a mirror' 'status 9, 0 list' "$(run --update-db=custom)"
conf 'DatabaseMirror 127.0.0.1:1'
seen 'with a mirror that is not there' 'status 0, 1 list' "$(run --update-db=custom)"
conf 'DatabaseMirror 127.0.0.1:1'
seen 'the same, everything asked for' 'status 11, 0 list' "$(run)"
the_end
