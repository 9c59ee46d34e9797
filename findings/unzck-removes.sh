#!/bin/bash
# unzck of zchunk: a file that is damaged. Seen with zchunk 1.2.3 (Debian 12).
#
# Guess: `unzck -c` writes to stdout and touches no file, so it serves to test a download; without -c the file that is there is
#   replaced once the new one has proved good.
# Behaviour: when the .zck is damaged, the file of its name without the ending is removed, with -c as well, though nothing was
#   written there: the test of a bad download takes the good list away that was unpacked the last time. Status 1.
# Output: with a good .zck nothing changes; with a damaged one `list` is gone, with -c and without.
. "$(dirname "$0")/lib/setup.sh"
debian zchunk 1.2.3+ds1-2

head -c 300000 /dev/urandom >good
cp good list
zck list -o list.zck >zck.log 2>&1
tested() { # OPTION...: status, and what is there then
  cp good list
  unzck "$@" list.zck >out 2>unzck.log
  echo "$? $(ls list list.zck 2>/dev/null | paste -sd' ')"
}
seen 'a good file, -c' '0 list list.zck' "$(tested -c)"
printf 'other bytes' | dd of=list.zck conv=notrunc bs=1 seek=100000 2>/dev/null
seen 'a damaged file, -c' '1 list.zck' "$(tested -c)"
seen 'what it says' 'Data checksum failed verification' "$(cat unzck.log)"
seen 'a damaged file' '1 list.zck' "$(tested)"
the_end
