#!/bin/bash
# ClamAV: FailIfCvdOlderThan with lists of one's own only. Seen with clamav and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: it judges the signed databases that are there; without any there is nothing that could be too old, or the times
#   of the lists count.
# Behaviour: clamscan and clamd disagree. For clamscan a folder without a .cvd or .cld is older than any number of days:
#   status 2, "Virus database is older than N days!", although the lists were written a moment ago; clamd takes the same
#   folder and starts. A gate that runs clamscan with clamd's own setting refuses what clamd would take.
# Output: "ERROR: Virus database is older than 10000 days!", status 2; PONG from clamd.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null && command -v clamd >/dev/null || absent 'clamscan and clamd'

printf 'hello definition\n' >sample
mkdir db
sigtool --md5 sample | sed 's/:sample$/:Sample.Known/' >db/list.hdb
status() {
  clamscan --no-summary -d db "$@" sample >out 2>&1
  echo "status $?, $(grep -c 'Virus database is older' out) complaints"
}
seen 'clamscan' 'status 1, 0 complaints' "$(status)"
seen 'with --fail-if-cvd-older-than' 'status 2, 1 complaints' "$(status --fail-if-cvd-older-than=10000)"
start_clamd 'FailIfCvdOlderThan 10000'
seen 'clamd with FailIfCvdOlderThan' 'Sample.Known.UNOFFICIAL FOUND' "$(scan sample)"
the_end
