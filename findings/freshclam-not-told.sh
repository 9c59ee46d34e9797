#!/bin/bash
# freshclam: what clamd is told when one of several databases is bad today. Seen with clamav-freshclam 1.4.6 (Debian 12) and
# ClamAV's own test databases.
#
# Guess: what was updated is in the folder, so clamd is notified and OnUpdateExecute is run for it, beside OnErrorExecute.
# Behaviour: a custom list that is bad ends the run before that. An official database and lists that were updated in the same
#   run, and are in the folder, are told to nobody: no RELOAD, no OnUpdateExecute. Nor are they by later runs, for which they
#   are up-to-date, be it that all is well again. clamd uses them when something else is updated, or its SelfCheck looks.
# Output: version 4 and the first list in the folder, status 8, "error" alone; in the next run, with the list back as it was,
#   status 0 and nothing at all.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam
vectors

cat >daemon.py <<'P' # in the place of clamd: keeps what it is told
import socket
listening = socket.socket(socket.AF_UNIX)
listening.bind('socket')
listening.listen()
while True:
    talk, _ = listening.accept()
    with open('told', 'ab') as told: told.write(talk.recv(100).strip(b'nz\0\n') + b'\n')
    talk.sendall(b'RELOADING\n')
    talk.close()
P
background python3 daemon.py
until_true test -S socket
echo "LocalSocket $T/socket" >clamd.conf
mkdir www
serve www
freshclam_conf "DatabaseMirror http://127.0.0.1:$port" "NotifyClamd $T/clamd.conf" "OnUpdateExecute echo update >>$T/told" \
  "OnErrorExecute echo error >>$T/told" "DatabaseCustomURL http://127.0.0.1:$port/first.hdb" \
  "DatabaseCustomURL http://127.0.0.1:$port/second.hdb"
update() {
  : >told
  run_freshclam --update-db=test --update-db=custom
  echo "status $?, version $(head -c 512 db/test.c[lv]d | cut -d: -f3), $(cut -d: -f3 db/first.hdb), told: $(paste -sd' ' told)"
}
list() { # NAME SIGNATURE WHEN
  echo "00000000000000000000000000000000:1:$2" >"www/$1.hdb"
  touch -d "$3" "www/$1.hdb"
}
cp "$vectors/test-3.cvd" www/test.cvd
list first First.Old '-20 min'
list second Second.Old '-20 min'
seen 'all are new' 'status 0, version 3, First.Old, told: RELOAD update' "$(update)"
seen 'nothing is new' 'status 0, version 3, First.Old, told: ' "$(update)"
cp "$vectors/test-4.cvd" www/test.cvd
cp "$vectors/test-4.cdiff" www
list first First.New '+1 min'
echo 'no signature' >www/second.hdb
touch -d '+1 min' www/second.hdb
seen 'two are new, the third is bad' 'status 8, version 4, First.New, told: error' "$(update)"
list first First.New '-10 min'
list second Second.Old '-10 min'
seen 'the third is as it was' 'status 0, version 4, First.New, told: ' "$(update)"
list second Second.New '+1 min'
seen 'the third is new' 'status 0, version 4, First.New, told: RELOAD update' "$(update)"
the_end
