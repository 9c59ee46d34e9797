#!/bin/bash
# ClamAV: the hash of the empty file in a hash list. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: a useless line that never matches, or that matches every empty file.
# Behaviour: the size 0 is refused, and with that line the whole list and every other list of the folder. Collections of
#   "hashes of everything in this malware archive" hold it sooner or later (d41d8cd9... and e3b0c442... are the two best
#   known hashes there are), so one careless export stops the scanner. With the size left open (`*` and level 73) it
#   loads.
# Output: "cli_loadhash: Invalid value for the size field", "ERROR: Malformed database", status 2.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
mkdir db
sigtool --md5 sample | sed 's/:sample$/:Sample.Known/' >db/good.hdb
status() {
  echo "$1" >db/list.hsb
  clamscan --no-summary -d db sample >out 2>&1
  echo $?
}
none=$(printf '' | sha256sum | cut -c1-64)
seen 'SHA-256 of nothing, size 0' 2 "$(status "$none:0:Empty")"
seen 'the reason' 1 "$(grep -c 'Invalid value for the size field' out)"
seen 'MD5 of nothing, size 0' 2 "$(status "$(printf '' | md5sum | cut -c1-32):0:Empty")"
seen 'size left open' 1 "$(status "$none:*:Empty:73")"
the_end
