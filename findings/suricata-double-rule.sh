#!/bin/bash
# suricata: one sid twice. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: the higher revision is used, in whatever order the two come; or a double is an error in any case.
# Behaviour: it depends on the order. A newer revision behind an older one takes its place with a warning, and BOTH count as
#   loaded; an older or equal one behind a newer one is an error, and the test of the whole configuration ends with 1. Two
#   packs of which one carries an older copy of a rule of the other pass or fail by the names of their files.
# Output: "0 2 loaded 0 failed" with 1 signature in use; "1 1 loaded 1 failed" the other way round; other groups are no double.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
{ rule 1 1; rule 1 2; } >rising.rules
seen 'the newer behind' '0 2 loaded 0 failed' "$(tested rising.rules)"
seen 'of which there are' 1 "$(sed -n 's/.* \([0-9]*\) signatures processed.*/\1/p' test.log)"
{ rule 1 2; rule 1 1; } >falling.rules
seen 'the older behind' '1 1 loaded 1 failed' "$(tested falling.rules)"
{ rule 1; rule 1 | sed 's/sid/gid:2; sid/'; } >groups.rules
seen 'another group' '0 2 loaded 0 failed' "$(tested groups.rules)"
the_end
