#!/bin/bash
# suricata: the list of a dataset that suricata.yaml names. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: a reload of the rules reads all lists anew, be they named by a rule (`load`) or below `datasets:`.
# Behaviour: those that a rule names, yes. A set that `datasets:` defines keeps the list of the start until Suricata is started
#   anew, and the reload is `done`. With `state` in place of `load` what an updater wrote meanwhile is also
#   overwritten when Suricata ends: the next start has the old list, and the new one is gone.
# Output: after a reload the set of the rule has the new name and not the old one, both others the old one and not the new
#   one; at the end the file of `state` holds the old name.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
sets=(rule load state)
write() { for set in "${sets[@]}"; do printf %s "$1" | base64 >"$set.lst"; done; } # NAME: it alone is in each list
write old.example
printf '%s\n' 'datasets:' '  in-load:' '    type: string' "    load: $T/load.lst" '  in-state:' '    type: string' \
  "    state: $T/state.lst" >>suricata.yaml
at=0
for set in "${sets[@]}"; do
  at=$((at + 1))
  source=
  [ "$set" != rule ] || source=",type string,load $T/rule.lst"
  echo "alert http any any -> any any (msg:\"example\"; http.host; dataset:isset,in-$set$source; sid:$at; rev:1;)"
done >test.rules

# has NAME: for each set, whether it has that name, as Suricata itself answers.
has() {
  for set in "${sets[@]}"; do
    echo "$set $(of_set dataset-lookup "in-$set" "$1" | sed 's/^OK item found in set/yes/; s/^NOK item not found in set/no/')"
  done | paste -sd, | sed 's/,/, /g'
}
live
seen 'old name at the start' 'rule yes, load yes, state yes' "$(has old.example)"
seen 'new name at the start' 'rule no, load no, state no' "$(has new.example)"
write new.example
seen 'a reload' 'OK done 3 loaded 0 failed' "$(ask ruleset-reload-rules) $(ask ruleset-stats)"
seen 'new name after it' 'rule yes, load no, state no' "$(has new.example)"
seen 'old name after it' 'rule no, load yes, state yes' "$(has old.example)"
kill "${started[0]}"
wait "${started[0]}" 2>/dev/null
seen 'the list of state at the end' old.example "$(base64 -d <state.lst)"
seen 'the list of load at the end' new.example "$(base64 -d <load.lst)"
rm -f command.socket
live
seen 'new name after a new start' 'rule yes, load yes, state no' "$(has new.example)"
the_end
