#!/bin/bash
# yarac: rules that cannot be written. Seen with yara 4.2.3 (Debian 12).
#
# Guess: when the compiled rules cannot be written, yarac says so and ends with a status other than 0, as for rules that
#   it cannot compile.
# Behaviour: when the file cannot be opened - no such folder, or a folder has its name - it says nothing at all and ends
#   with 0, so that what is done with the compiled rules next goes on with those of before. (A full disk is told: "error:
#   58", status 1.)
# Output: status 0, not a word and no file; status 1 for a full disk.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4

echo 'rule example { strings: $a = "hello" condition: $a }' >rules.yar
yarac rules.yar compiled >out 2>&1
seen 'a folder that is there' '0 file' "$? $([ -s compiled ] && echo file)"
yarac rules.yar nowhere/compiled >out 2>&1
seen 'a folder that is not' '0 nothing' "$? $([ -e nowhere ] && echo file || echo nothing)"
seen 'what it says' '' "$(cat out)"
mkdir taken
yarac rules.yar taken >out 2>&1
seen 'a folder of that name' '0 ' "$? $(cat out)"
yarac rules.yar /dev/full >out 2>&1
seen 'a full disk' '1 error: 58' "$? $(cat out)"
the_end
