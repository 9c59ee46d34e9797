#!/bin/bash
# suricata-update: a second run soon after the first. Seen with suricata-update 1.2.7 (Debian 12).
#
# Guess: it asks the source, perhaps with a condition, and takes what is new.
# Behaviour: for 15 minutes after a download it asks nobody ("Last download less than 15 minutes ago"), says "No changes
#   detected" and ends with 0, although something new is published. A rule that was withdrawn in a hurry, or a test of
#   one's own mirror, needs `--force`. The age is that of the cached file by the local clock.
# Output: no request; the old rule; with --force the new one.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian suricata-update 1.2.7-1+deb12u1
export PYTHONPATH=$root/usr/lib/python3/dist-packages

mkdir www out
serve www requests
publish() { echo "alert tcp any any -> any any (msg:\"$1\"; sid:1; rev:$2;)" >www/one.rules; }
update() {
  /usr/bin/python3 "$(command -v suricata-update)" -D data -o out --no-test --no-reload --suricata-version 6.0.10 \
    --url "http://127.0.0.1:$port/one.rules" "$@" >log 2>&1
  echo "status $?, $(sed 's/.*msg:"\(.*\)"; sid.*/\1/' out/suricata.rules), $(grep -c 'GET /one.rules' requests) requests"
}
publish old 1
seen 'first run' 'status 0, old, 1 requests' "$(update)"
publish newer 2
seen 'second run' 'status 0, old, 1 requests' "$(update)"
seen 'with --force' 'status 0, newer, 2 requests' "$(update --force)"
the_end
