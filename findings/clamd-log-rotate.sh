#!/bin/bash
# ClamAV: the log with `LogRotate no`, the default, and no LogFileMaxSize. Seen with clamav-daemon and clamav-freshclam 1.4.6
# (Debian 12).
#
# Guess: the log grows, or stops at LogFileMaxSize (1 MB by default): it is not rotated.
# Behaviour: once it is larger, clamd and freshclam rotate it in spite of that: it is renamed before the next line, at a start
#   as well, and those of before are kept. The other name is made by putting a date in the place of the last four characters,
#   which are taken for ".log": the log `scans/log` goes to the folder above, and `clamd` becomes `c-DATE.log`. None of them is
#   a `clamd.log.1`, by which readers of logs look for the end of what they read. `LogFileMaxSize 0`, as in Debian's own file,
#   ends that.
# Output: clamd-DATE.log; scans-DATE.log beside the folder `scans`; scans/c-DATE.log; with three times 1 MB three of them.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null && command -v freshclam >/dev/null || absent 'clamd and freshclam'

printf 'hello definition\n' >sample
mkdir db
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
long() { yes 'a line of the days before' | head -c 1100000; }
logs() { (cd here && find . -type f | sed 's/[0-9]\{8\}_[0-9]\{6\}/DATE/' | sort | paste -sd' '); }
run() { # LOG OPTION...: clamd with this log; one detection before its log becomes too long, and one after it, $times times
  rm -rf here && mkdir -p here/scans
  printf '%s\n' "LocalSocket $T/socket" "LogFile $T/here/$1" 'Foreground yes' "User $(id -un)" "DatabaseDirectory $T/db" \
    'SelfCheck 0' "${@:2}" >clamd.conf
  background clamd -c clamd.conf >/dev/null 2>&1
  until_true clamdscan -c clamd.conf --ping 1
  for _ in $(seq "${times:-1}"); do
    scan sample >/dev/null
    long >>"here/$1"
    scan sample >/dev/null
    sleep 1.1
  done
  kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
  logs
}
seen 'LogRotate no' './clamd-DATE.log ./clamd.log' "$(run clamd.log 'LogRotate no')"
seen 'nothing said' './clamd-DATE.log ./clamd.log' "$(run clamd.log)"
seen 'detections in the log' 1 "$(grep -c FOUND here/clamd.log)"
seen 'in the one before' 1 "$(grep -c FOUND here/clamd-*.log)"
times=3 run clamd.log >/dev/null
seen 'three times too long' 3 "$(ls here | grep -c clamd-)"
seen 'another name' './scans-DATE.log ./scans/log' "$(run scans/log)"
seen 'and another' './scans/c-DATE.log ./scans/clamd' "$(run scans/clamd)"
seen 'LogFileMaxSize 0' './clamd.log' "$(run clamd.log 'LogFileMaxSize 0')"
rm -rf here && mkdir here
long >here/freshclam.log
mkdir www
echo '00000000000000000000000000000000:1:Other' >www/other.hdb
serve www
freshclam_conf 'DatabaseMirror 127.0.0.1:1' "DatabaseCustomURL http://127.0.0.1:$port/other.hdb" \
  "UpdateLogFile $T/here/freshclam.log"
run_freshclam --update-db=custom
seen 'freshclam' './freshclam-DATE.log ./freshclam.log' "$(logs)"
the_end
