#!/bin/bash
# freshclam: custom databases only. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: whoever needs third-party lists only leaves DatabaseMirror out and runs `freshclam --update-db=custom`.
# Behaviour: status 9 without a single request: "No DatabaseMirror or PrivateMirror servers set". With a mirror that does not
#   exist the same run succeeds, as it asks no mirror. And without --update-db the official databases come first, and a
#   mirror that cannot be reached keeps the lists from being asked for at all.
. "$(dirname "$0")/lib.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir www db
port=$(free_port)
background python3 -m http.server --bind 127.0.0.1 --directory www "$port" >/dev/null 2>&1
until_true listens "$port"
echo '00000000000000000000000000000000:1:Listed' >www/list.hdb
conf() {
  rm -f db/list.hdb
  printf '%s\n' "DatabaseDirectory $T/db" "DatabaseOwner $(id -un)" 'MaxAttempts 1' \
    "DatabaseCustomURL http://127.0.0.1:$port/list.hdb" "$@" >freshclam.conf
}
run() {
  timeout 60 freshclam --no-dns --config-file=freshclam.conf "$@" >out 2>&1
  echo "status $?, $(ls db | grep -c list.hdb) list"
}
conf
seen 'without a mirror' 'status 9, 0 list' "$(run --update-db=custom)"
conf 'DatabaseMirror 127.0.0.1:1'
seen 'with a mirror that is not there' 'status 0, 1 list' "$(run --update-db=custom)"
conf 'DatabaseMirror 127.0.0.1:1'
seen 'the same, everything asked for' 'status 11, 0 list' "$(run)"
the_end
