#!/bin/bash
# clamconf: whose databases it describes. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: "Database information" is about the folder of clamd.conf, from which clamd loads.
# Behaviour: the folder of freshclam.conf is described, and where that file is missing the one that is built in
#   (/var/lib/clamav); that of clamd.conf, with other files and versions, is never looked at. A line in between warns that
#   the two differ; the versions and the number of signatures below it are those that clamd does not load.
# Output: version 27666 of freshclam's folder, not 27777 of clamd's.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamconf >/dev/null || absent clamconf

mkdir conf clamd freshclam
# A header is all that it reads of a .cld.
database() { printf '%-512s' "ClamAV-VDB:21 Nov 2026 05-00 +0000:$1:1:90:X:X:example:1795237200"; }
database 27777 >clamd/daily.cld
database 27666 >freshclam/daily.cld
printf '%s\n' "DatabaseDirectory $T/clamd" "LocalSocket $T/socket" >conf/clamd.conf
printf '%s\n' "DatabaseDirectory $T/freshclam" 'DatabaseMirror mirror.example' >conf/freshclam.conf
clamconf -c "$T/conf" >out 2>&1
seen 'folder' freshclam "$(sed -n 's#^Database directory: .*/##p' out)"
seen 'daily' 'version 27666' "$(grep -o 'version 27[0-9]*' out | paste -sd,)"
seen 'what it warns of' 'freshclam.conf and clamd.conf point to different database directories' \
  "$(sed -n 's/^WARNING: \(freshclam.conf and\)/\1/p' out)"
rm conf/freshclam.conf
clamconf -c "$T/conf" >out 2>&1
seen 'folder without a freshclam.conf' /var/lib/clamav "$(sed -n 's#^Database directory: ##p' out)"
the_end
