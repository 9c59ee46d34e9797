#!/bin/bash
# suricata: what a reload says. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: a reload over the command socket says NOK, and the rules in use stay, when a file is missing, cannot be parsed or
#   holds nothing - as the test of the configuration (-T) and a start refuse such rules.
# Behaviour: it says `done` and OK, status 0, each time, and what could be read takes the place of the rules in use: with a
#   file of unknown words, an empty one or none at all Suricata works on with NO rules. Only `ruleset-stats` shows it.
#   The time of the last load moves on as after a good one.
# Output: "OK done" each time, and 2 rules loaded, then 0, 0, 0, and 2 again; only of unknown words one is counted as failed.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
after() { echo "$(ask ruleset-reload-rules) $(ask ruleset-stats)"; }
{ rule 1; rule 2; } >good.rules
cp good.rules test.rules
live
seen 'good rules' 'OK done 2 loaded 0 failed' "$(after)"
rule 1 | sed 's/content/no_such_word/' >test.rules
seen 'unknown words' 'OK done 0 loaded 1 failed' "$(after)"
: >test.rules
seen 'an empty file' 'OK done 0 loaded 0 failed' "$(after)"
rm test.rules
seen 'no file' 'OK done 0 loaded 0 failed' "$(after)"
cp good.rules test.rules
seen 'good rules again' 'OK done 2 loaded 0 failed' "$(after)"
the_end
