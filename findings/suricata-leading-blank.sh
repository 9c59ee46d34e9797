#!/bin/bash
# suricata: rules that are indented. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: blanks before a rule do not matter, as in the lines that a backslash joins; or the line is refused.
# Behaviour: a line that begins with a space or a tab is passed over like a comment, without a word: the test of the
#   configuration ends with 0, and nothing counts as failed. Capitals, on the other hand, do not matter (ALERT, SID). So a
#   rule that was indented by an editor or by a copy out of a document is not there, and no tool says so.
# Output: "0 1 loaded 0 failed" for one rule and two indented ones; "0 none" for an indented one alone; "0 1 loaded 0 failed"
#   for capitals.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
{ rule 1; echo " $(rule 2)"; printf '\t%s\n' "$(rule 3)"; } >some.rules
seen 'one and two indented' '0 1 loaded 0 failed' "$(tested some.rules)"
echo "  $(rule 1)" >all.rules
seen 'an indented one alone' '0 none' "$(tested all.rules)"
rule 1 | sed 's/alert/ALERT/; s/sid/SID/' >capitals.rules
seen capitals '0 1 loaded 0 failed' "$(tested capitals.rules)"
the_end
