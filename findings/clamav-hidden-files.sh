#!/bin/bash
# ClamAV: which names in a database folder it loads. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: as everywhere on Unix, names with a leading dot are left alone, extensions are lower case, and a link that
#   leads nowhere is an error.
# Behaviour: only the end of the name counts, in any case of letters. `.list.hdb` (what a copying tool or an editor may
#   leave) and `LIST.HDB` are loaded; a dangling link is passed over in silence with status 0; `list.hdb.bak` is not
#   looked at. What a tool writes aside must therefore not END in a database's extension.
# Output: one "Hidden.UNOFFICIAL FOUND" for each of the first two, "OK" for the last two.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'a sample\n' >sample
found() { # NAME: what is found with the signature under that name, beside another good list
  rm -rf db && mkdir db
  echo "00000000000000000000000000000000:1:Other" >db/other.hdb
  ${2:-place} "db/$1"
  clamscan --no-summary -d db sample 2>&1 | sed 's/^sample: //'
}
place() { sigtool --md5 sample | sed 's/:sample$/:Hidden/' >"$1"; }
nowhere() { ln -s nowhere.hdb "$1"; }
seen 'a leading dot' 'Hidden.UNOFFICIAL FOUND' "$(found .list.hdb)"
seen 'upper case' 'Hidden.UNOFFICIAL FOUND' "$(found LIST.HDB)"
seen 'another ending' OK "$(found list.hdb.bak)"
seen 'a link that leads nowhere' OK "$(found list.hdb nowhere)"
the_end
