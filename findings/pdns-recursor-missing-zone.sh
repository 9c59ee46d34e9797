#!/bin/bash
# PowerDNS Recursor: a file of a response policy zone (RPZ) that is not there. Seen with pdns-recursor 4.8.8 (Debian 12).
#
# Guess: `rec_control reload-lua-config` fails and the policy of before stays, as for a Lua file with an error.
# Behaviour: "Reloaded Lua configuration file", status 0, and the policy is gone: nothing is blocked any more. One line of
#   the log tells. An empty file does the same.
# Output: blocked; reloaded and resolved without the file; blocked again; reloaded and resolved with an empty one.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/dns.sh"
. "$here/lib/pdns-recursor.sh"

policy 1 '*.bad.example'
mkdir 2 3
: >3/rpz.zone
use 1
start_recursor
# Another name each time: answers are cached.
seen 'at first' blocked "$(asked "$port" 1.bad.example)"
for case in 'no file:2:resolved' 'the file again:1:blocked' 'an empty file:3:resolved'; do
  IFS=: read -r what folder expected <<<"$case"
  use "$folder"
  seen "$what" 'status 0: Reloaded Lua configuration file' "$(tell_recursor reload-lua-config)"
  seen 'then' "$expected" "$(asked "$port" "$folder-${what// /-}.bad.example")"
done
the_end
