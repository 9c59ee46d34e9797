#!/bin/bash
# clamd and clamscan: the version that they say they have loaded. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: VERSION tells the version and time of the database called `daily`, wherever it lies.
# Behaviour: of any container (.cvd, .cld, .cud) whose path has `daily.` in it, folders included. Below a folder such as
#   `daily.d` every container passes for `daily`, and the last one that is loaded tells its version: monitoring that compares
#   VERSION with the version offered, or takes the time in it for the age of the signatures, is told of another database. So it is of a
#   list called `phish_daily.cud`, in any folder.
# Output: daily 100 and list 7 in `db`: ClamAV 1.4.6/100/...; the same two in `daily.d`: ClamAV 1.4.6/7/...; the same with the
#   list called `phish_daily.cud` in `db`: ClamAV 1.4.6/7/...
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd'

mkdir db daily.d named
printf '%064x:9:Example.%d\n' 100 100 >daily.hsb
printf '%064x:9:Example.%d\n' 7 7 >list.hsb
for folder in db daily.d named; do python3 "$here/lib/container.py" $folder/daily.cud 100 daily.hsb; done
for path in db/list.cud daily.d/list.cud named/phish_daily.cud; do python3 "$here/lib/container.py" $path 7 list.hsb; done

told() { # FOLDER: the version that clamd tells of its databases
  start_clamd 'SelfCheck 0' "DatabaseDirectory $T/$1"
  clamdscan -c clamd.conf --version | cut -d/ -f2
  kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
}
seen 'the list beside daily' 100 "$(told db)"
seen 'the same two below daily.d' 7 "$(told daily.d)"
seen 'the list called phish_daily' 7 "$(told named)"
the_end
