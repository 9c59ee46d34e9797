#!/bin/bash
# PowerDNS Recursor: names that a response policy zone (RPZ) begins to block. Seen with pdns-recursor 4.8.8 (Debian 12).
#
# Guess: a policy that was loaded anew decides on every question from then on, cached or not.
# Behaviour: answers of before stay in the packet cache, which is asked before any policy: a name that was asked for in the
#   minutes before the reload resolves on for as long as its answer lives, while other names are blocked at once.
#   `rec_control wipe-cache NAME$` ends that, for the names that it is given (`.$` is all of them).
# Output: "Reloaded", the name that was asked before resolved and another of the same zone blocked; both blocked after
#   wipe-cache.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/dns.sh"
. "$here/lib/pdns-recursor.sh"

policy 1 '*.old.example'
policy 2 '*.old.example' '*.new.example'
use 1
start_recursor
seen 'at first, not in the zone' resolved "$(asked "$port" asked.new.example)"
use 2
seen 'reload' "status 0: Reloaded Lua configuration file" "$(tell_recursor reload-lua-config)"
seen 'the name that was asked before' resolved "$(asked "$port" asked.new.example)"
seen 'another one' blocked "$(asked "$port" another.new.example)"
sleep 3
seen 'three seconds later' resolved "$(asked "$port" asked.new.example)"
tell_recursor wipe-cache '.$' >/dev/null
seen 'after wipe-cache' blocked "$(asked "$port" asked.new.example)"
the_end
