#!/bin/bash
# suricata-update: one sid in two sources. Seen with suricata-update 1.2.7 (Debian 12).
#
# Guess: the source named last wins (as a later line of a configuration does), or the first named; a rule that is
#   switched off loses against the same rule switched on.
# Behaviour: the greater revision wins; with the same revision the source whose FILE NAME comes first in the alphabet,
#   in whatever order the sources are named - also when its rule is switched off, which then switches the other one off.
#   "keeping the first rule seen" is all the log has. Two providers of one rule base (open and paid) are such a pair.
# Output: the rule of a.rules, twice; then that rule commented out.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian suricata-update 1.2.7-1+deb12u1
export PYTHONPATH=$root/usr/lib/python3/dist-packages

mkdir www
serve www
rule() { echo "alert tcp any any -> any any (msg:\"$1\"; sid:1; rev:$2;)"; }
merged() { # SOURCE...
  local name urls=()
  rm -rf data out && mkdir out
  for name in "$@"; do urls+=(--url "http://127.0.0.1:$port/$name.rules"); done
  /usr/bin/python3 "$(command -v suricata-update)" -D data -o out --no-test --no-reload --suricata-version 6.0.10 "${urls[@]}" >log 2>&1
  sed 's/^\(# \)\?alert.*msg:"\(.*\)"; sid.*/\1\2/' out/suricata.rules
}
rule from-a 1 >www/a.rules
rule from-b 1 >www/b.rules
seen 'a, then b' from-a "$(merged a b)"
seen 'b, then a' from-a "$(merged b a)"
echo "# $(rule from-a 1)" >www/a.rules
seen 'switched off in a' '# from-a' "$(merged b a)"
rule from-b 2 >www/b.rules
seen 'a greater revision in b' from-b "$(merged a b)"
the_end
