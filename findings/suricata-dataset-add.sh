#!/bin/bash
# suricata: what `dataset-add` brought, and the next reload. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: what was added over the socket stays in the set until Suricata ends.
# Behaviour: so it is with a set that suricata.yaml defines, and with `state`. In a set that a rule names with `load`, as lists of
#   others are used, it is gone with the next reload of the rules, which an updater makes by itself; the answer to the addition was
#   "data added", the one to the reload is "done", and no file or log has the name.
# Output: the added name is in all three sets before the reload, and in those of suricata.yaml and of `state` after it.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
mkdir data
sets=(rule yaml state)
for set in "${sets[@]}"; do printf %s listed.example | base64 >"data/$set.lst"; done
printf '%s\n' "default-data-dir: $T/data" 'datasets:' '  rules: { allow-write: true }' '  in-yaml:' '    type: string' \
  "    load: $T/data/yaml.lst" >>suricata.yaml
{
  echo "alert http any any -> any any (msg:\"a\"; http.host; dataset:isset,in-rule,type string,load $T/data/rule.lst; sid:1; rev:1;)"
  echo 'alert http any any -> any any (msg:"b"; http.host; dataset:isset,in-yaml; sid:2; rev:1;)'
  echo 'alert http any any -> any any (msg:"c"; http.host; dataset:isset,in-state,type string,state state.lst; sid:3; rev:1;)'
} >test.rules

# each COMMAND NAME: the answers for each set.
each() { for set in "${sets[@]}"; do echo "$set: $(of_set "$1" "in-$set" "$2")"; done | paste -sd,; }
all() { echo "rule: $1,yaml: $1,state: $1"; }
live
seen 'the rules' '3 loaded 0 failed' "$(ask ruleset-stats)"
seen 'a name of the lists' "$(all 'OK item found in set')" "$(each dataset-lookup listed.example)"
seen 'another name' "$(all 'NOK item not found in set')" "$(each dataset-lookup added.example)"
seen 'adding it' "$(all 'OK data added')" "$(each dataset-add added.example)"
seen 'it is there' "$(all 'OK item found in set')" "$(each dataset-lookup added.example)"
seen 'a reload' 'OK done' "$(ask ruleset-reload-rules)"
seen 'the name of the lists' "$(all 'OK item found in set')" "$(each dataset-lookup listed.example)"
seen 'the added name' 'rule: NOK item not found in set,yaml: OK item found in set,state: OK item found in set' \
  "$(each dataset-lookup added.example)"
the_end
