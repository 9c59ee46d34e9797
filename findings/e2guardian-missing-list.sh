#!/bin/bash
# e2guardian: a reload of its lists (`-g`) while one is not there. Seen with e2guardian 5.3.5 (Debian 12).
#
# Guess: the reload fails, with a status that says so, and the lists in force stay.
# Behaviour: `-g` ends with 0 in any case. With a list missing, as behind a link that leads nowhere for a moment, the lists
#   with which the program was started come back, whatever was loaded since: what was added is open, what was taken out
#   is blocked again. A reload with the list in its place puts that right.
# Output: one; 0 and two; 0 and one again, with the list gone; 0 and two.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/e2guardian.sh"

mkdir 1 2 3
echo one.example >1/list
echo two.example >2/list
touch -d '1 hour ago' 1/list
use() { ln -s "$1" new && mv -T new current; }
use 1
ln -sf "$T/current/list" "$lists/bannedsitelist"
start_e2guardian || absent "e2guardian does not start: $(cat e2guardian.out)"
seen 'at first' one.example "$(blocked one.example two.example)"
use 2
seen 'another list' '0 two.example' "$(reload_e2guardian) $(blocked one.example two.example)"
use 3
seen 'no list' '0 one.example' "$(reload_e2guardian) $(blocked one.example two.example)"
use 2
seen 'the list again' '0 two.example' "$(reload_e2guardian) $(blocked one.example two.example)"
the_end
