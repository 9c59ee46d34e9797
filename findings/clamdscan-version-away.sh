#!/bin/bash
# clamdscan: `--version` while clamd is away. Seen with clamdscan and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the version is that of clamd and of what it has loaded, so the question fails when nobody answers, as `--ping`,
#   `--reload` and a scan do.
# Behaviour: clamdscan then tells its own version in the same form, status 0; that no number and date of a database follow, and
#   a line on stderr, is the only difference. A check that goes by the status, or by the word ClamAV, is well without clamd.
# Output: status 0 with and without clamd; "ClamAV 1.4.6/100/..." and "ClamAV 1.4.6". 21, 2 and 2 for the other questions.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1

mkdir db
echo '00000000000000000000000000000001:5:Example' >example.hdb
python3 "$here/lib/container.py" db/daily.cud 100 example.hdb
printf 'text\n' >file
start_clamd
# ask OPTION...: the status, and the number that is told of the database.
ask() {
  clamdscan -c clamd.conf --no-summary "$@" >answer 2>/dev/null
  echo "$?$(grep -q '^ClamAV [0-9.]*' answer && echo ' ClamAV')$(sed -n 's|^ClamAV [^/]*/\([0-9]*\)/.*| \1|p' answer)"
}
all() { echo "$(ask --version), $(ask --ping 1), $(ask --reload), $(ask file)"; }
seen 'version, ping, reload, scan: with clamd' '0 ClamAV 100, 0, 0, 0' "$(all)"
kill "${started[0]}"
wait "${started[0]}" 2>/dev/null
seen 'without' '0 ClamAV, 21, 2, 2' "$(all)"
the_end
