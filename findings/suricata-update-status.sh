#!/bin/bash
# suricata-update: what its status says of the sources. Seen with suricata-update 1.2.7 (Debian 12).
#
# Guess: a source that cannot be had, or is no rules, fails the run, or at least keeps what was there from the last
#   time.
# Behaviour: status 0 in any case. A source that answers 404 keeps its cached copy if it has one; without one the run
#   goes on with what the others have, and with none it writes an EMPTY suricata.rules over the good one. A login page
#   with 200 replaces the cached copy, too: no rules, empty file, status 0. (`suricata -T` is content with an empty
#   file.)
# Output: "Writing rules to ...: total: 0; enabled: 0", status 0.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian suricata-update 1.2.7-1+deb12u1
export PYTHONPATH=$root/usr/lib/python3/dist-packages

mkdir www
serve www
rule() { echo "alert tcp any any -> any any (msg:\"$2\"; sid:$1; rev:1;)"; }
update() { # SOURCE...: an hour after the last run
  local name urls=()
  [ -d data ] && find data -type f -exec touch -d '1 hour ago' {} +
  for name in "$@"; do urls+=(--url "http://127.0.0.1:$port/$name.rules"); done
  /usr/bin/python3 "$(command -v suricata-update)" -D data -o out --no-test --no-reload --suricata-version 6.0.10 "${urls[@]}" >log 2>&1
  echo "status $?, $(grep -c sid: out/suricata.rules) rules"
}
mkdir out
{ rule 1 first; rule 2 second; } >www/one.rules
seen 'a good source' 'status 0, 2 rules' "$(update one)"
mv www/one.rules www/kept
seen 'it answers 404' 'status 0, 2 rules' "$(update one)"
echo '<html><body>Please log in</body></html>' >www/one.rules
seen 'it answers with a page' 'status 0, 0 rules' "$(update one)"
mv www/kept www/one.rules
seen 'it is good again' 'status 0, 2 rules' "$(update one)"
seen 'another source in its place, which answers 404' 'status 0, 0 rules' "$(update other)"
the_end
