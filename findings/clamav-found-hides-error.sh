#!/bin/bash
# ClamAV: clamscan's status when something is found and something cannot be read. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: 2, the graver one ("some error(s) occurred"), in whatever order they come.
# Behaviour: 1, in either order: a detection hides every file that could not be opened. A test that hands clamscan ten
#   samples and takes 1 for "detected" passes with nine of them missing; the FOUND lines have to be counted, sample by
#   sample.
# Output: status 2 for a missing file alone, 1 for it beside a detection.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
printf 'nothing\n' >clean
mkdir db
sigtool --md5 sample | sed 's/:sample$/:Sample.Known/' >db/list.hdb
status() {
  printf '%s\n' "$@" >list
  clamscan --no-summary -d db --file-list=list >out 2>&1
  echo $?
}
seen 'missing' 2 "$(status missing)"
seen 'clean, missing' 2 "$(status clean missing)"
seen 'sample, missing' 1 "$(status sample missing)"
seen 'missing, sample' 1 "$(status missing sample)"
seen 'what it says of the missing one' 1 "$(grep -c "Can't access file" out)"
the_end
