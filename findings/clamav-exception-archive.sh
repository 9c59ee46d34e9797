#!/bin/bash
# ClamAV: an exception by hash (.fp, .sfp) for an archive. Seen with clamav and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: it is for that archive: what is in it is found as before where it lies by itself or in another archive.
# Behaviour: a file that is found in the excepted archive counts as clean, and as clean it is put into the cache of clean
#   files, which goes by the content alone. So from the moment at which the archive is scanned the same content passes
#   everywhere, by itself and in other archives, until clamd has loaded anew; the order of the files decides what a run of
#   clamscan finds. `DisableCache yes` and `--disable-cache` make the exception what it was meant to be.
# Output: the sample is found before the archive is scanned and not after it, by clamscan and clamd; without a cache always.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1

mkdir db
printf 'text of the sample\n' >sample
python3 - <<'P'
import zipfile
for name, first in (('good.zip', 'one'), ('other.zip', 'two')):
    with zipfile.ZipFile(name, 'w') as archive:
        archive.writestr('first', first)
        archive.write('sample')
P
echo "$(md5sum <sample | cut -d' ' -f1):19:Example.Sample" >db/example.hdb
echo "$(sha256sum <good.zip | cut -d' ' -f1):$(stat -c %s good.zip):good" >db/example.sfp
found=Example.Sample.UNOFFICIAL
run() { clamscan --database=db --no-summary "$@" | sed "s/^.*: //; s/ FOUND$//" | paste -sd' '; }
seen 'clamscan, the sample' "$found" "$(run sample)"
seen 'clamscan, another archive' "$found" "$(run other.zip)"
seen 'clamscan, the excepted archive in between' "$found OK OK" "$(run sample good.zip other.zip)"
seen 'clamscan, the excepted archive first' 'OK OK OK' "$(run good.zip sample other.zip)"
seen 'clamscan without a cache' "OK $found $found" "$(run --disable-cache good.zip sample other.zip)"

all() { for file in "$@"; do scan "$file" | sed 's/ FOUND$//'; done | paste -sd' '; }
start_clamd
seen 'clamd, before' "$found $found" "$(all sample other.zip)"
seen 'clamd, from the excepted archive on' 'OK OK OK' "$(all good.zip sample other.zip)"
clamdscan -c clamd.conf --reload >/dev/null
until_true grep -q 'Database correctly reloaded' log
loaded() { [ "$(all sample)" = "$found" ]; }
until_true loaded
seen 'clamd, after a reload' "$found $found" "$(all sample other.zip)"
kill "${started[0]}"
wait "${started[0]}" 2>/dev/null
started=()
start_clamd 'DisableCache yes'
seen 'clamd without a cache' "OK $found $found" "$(all good.zip sample other.zip)"
the_end
