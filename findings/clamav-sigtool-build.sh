#!/bin/bash
# ClamAV: what `sigtool --build --unsigned` packs into a database of the site (.cud). Seen with clamav 1.4.6 (Debian 12).
#
# Guess: the databases of the folder, all of those that it counts.
# Behaviour: only files that have the name of the database, and of those no YARA rules. What it counts, and writes into the
#   header as the number of signatures, is what the engine loads from the folder: status 0, "Total sigs: 3", and one of three
#   in the container. A warning on stderr has both numbers, no name.
# Output: "3" in the header, own.hdb alone in the container.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v sigtool >/dev/null || absent sigtool

printf 'hello definition\n' >sample
mkdir folder empty && cd folder
echo licence >COPYING
sigtool --md5 ../sample | sed 's/:sample$/:In.Own/; s/:\.\..*/:In.Own/' >own.hdb
echo 'In.Other:0:*:68656c6c6f2064' >other.ndb
echo 'rule InYara { strings: $a = "definition" condition: $a }' >own.yar
seen 'the folder as it is' 3 "$(clamscan -d . ../sample 2>&1 | sed -n 's/^Known viruses: //p')"
echo builder | timeout 30 sigtool --build=own.cud --unsigned --cvd-version=1 --datadir=../empty >../out 2>&1
seen 'status' 0 $?
seen 'it says' 'Signatures in own db files: 1, loaded by libclamav: 3' "$(grep -o 'Signatures in own.*' ../out)"
seen 'the header' 3 "$(head -c 512 own.cud | cut -d: -f4)"
seen 'the container' 'COPYING own.hdb own.info' "$(tail -c +513 own.cud | tar -tz | sort | paste -sd' ')"
seen 'the container as a database' 1 "$(clamscan -d own.cud ../sample 2>&1 | sed -n 's/^Known viruses: //p')"
the_end
