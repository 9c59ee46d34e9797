#!/bin/bash
# freshclam: a database on disk that has been damaged. Seen with clamav-freshclam 1.4.6 (Debian 12) and ClamAV's own
# test databases.
#
# Guess: the next run notices that it does not verify and fetches it again.
# Behaviour: only its first 512 bytes are looked at: "up-to-date", status 0, run after run, while clamd and clamscan
#   refuse to start with it. It is healed by the next version at the earliest, by deleting the file at once.
# Output: freshclam: "test.cvd database is up-to-date (version: 4", status 0; clamscan: "Can't verify database
#   integrity", status 2.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
debian clamav 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null && command -v clamscan >/dev/null || absent 'freshclam and clamscan'
vectors

mkdir www db && cp "$vectors/test-4.cvd" www/test.cvd
serve www
freshclam_conf "DatabaseMirror http://127.0.0.1:$port"
update() {
  run_freshclam --update-db=test
  echo "status $?, $(grep -o 'up-to-date\|updated' out)"
}
scan() {
  clamscan --no-summary -d db freshclam.conf >out 2>&1
  echo "status $?"
}
seen 'first' 'status 0, updated' "$(update)"
head -c 9000 www/test.cvd >db/test.cvd
seen 'cut off on disk: freshclam' 'status 0, up-to-date' "$(update)"
seen 'cut off on disk: clamscan' 'status 2' "$(scan)"
rm db/test.cvd
seen 'deleted: freshclam' 'status 0, updated' "$(update)"
seen 'deleted: clamscan' 'status 0' "$(scan)"
the_end
