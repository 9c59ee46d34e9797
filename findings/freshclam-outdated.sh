#!/bin/bash
# freshclam: when OnOutdatedExecute is run. Seen with clamav-freshclam 1.4.6 (Debian 12) and ClamAV's own test databases.
#
# Guess: when a version of ClamAV appears that is newer than this one, once for each; a host with a private mirror is told as
#   well, since freshclam compares versions and not mirrors. Or, by its name: when the databases are old.
# Behaviour: the age of the databases has nothing to do with it. The version is one field of the DNS record, looked at by each
#   check: the command is run every time, 24 times a day, in checks without news too, until ClamAV is upgraded. With
#   PrivateMirror or `--no-dns` the record is not asked for: the command is never run, and no line tells of the version.
#   The status is 0 in all cases, and OnErrorExecute is not run.
# Output: "updated outdated", "outdated", "outdated" in three checks with the record; "updated" alone with PrivateMirror, and
#   nothing with --no-dns, beside the same record.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
vectors
as_installed
. "$here/lib/names.sh"

mkdir www
serve www
start_names
cp "$vectors/test-3.cvd" www/test.cvd
# Version of ClamAV, of main and daily, the time, and what else the record has.
echo "9.9.9:62:27000:$(date +%s):1:90:49192:334" >names/current.cvd.clamav.net
# check MIRROR [OPTION]: status, hooks, and whether a line tells of a newer version.
check() {
  : >told
  freshclam_conf "$1 http://127.0.0.1:$port" "OnOutdatedExecute echo outdated >>$T/told" "OnUpdateExecute echo updated >>$T/told" \
    "OnErrorExecute echo error >>$T/told"
  timeout 60 freshclam --config-file=freshclam.conf --update-db=test "${@:2}" >out 2>&1
  echo "$? $(sort -r told | paste -sd' '), $(grep -c 'Recommended version: 9.9.9' out)"
}
seen 'first check' '0 updated outdated, 1' "$(check DatabaseMirror)"
seen 'second' '0 outdated, 1' "$(check DatabaseMirror)"
seen 'third' '0 outdated, 1' "$(check DatabaseMirror)"
seen 'without DNS' '0 , 0' "$(check DatabaseMirror --no-dns)"
rm -r db
seen 'private mirror' '0 updated, 0' "$(check PrivateMirror)"
seen 'again' '0 , 0' "$(check PrivateMirror)"
the_end
