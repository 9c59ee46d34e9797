#!/bin/bash
# runit: what the status of `sv` says. Seen with runit 2.1.2 (Debian 12).
#
# Guess: `sv status` and `sv check` end with something else than 0 for a service that is not running.
# Behaviour: 0 means that the supervisor could be asked. A service that was stopped is 0 in both; one that ends as soon as it
#   is started, for ever, is 0 for `sv status`, and for `sv check`, which says "ok: down: ..., want up". Only the first
#   word of `sv status` tells: `run:` or `down:`. A service that nobody supervises is 1.
# Output: 0 and `down` of both services that are down, 0 and `ok` of sv check.
. "$(dirname "$0")/lib/setup.sh"
debian runit 2.1.2-54

mkdir -p services/steady services/broken
printf '#!/bin/sh\nexec sleep 100\n' >services/steady/run
printf '#!/bin/sh\nexit 1\n' >services/broken/run
chmod +x services/*/run
background runsvdir "$T/services" 2>/dev/null
supervised() { [ -e "$T/services/steady/supervise/ok" ] && [ -e "$T/services/broken/supervise/ok" ]; }
until_true supervised
sleep 2
ask() { # VERB SERVICE: status, and the words before the name
  local said status try
  for try in 1 2 3; do
    said=$(sv "$1" "$T/services/$2" 2>&1)
    status=$?
    [[ "$2 $said" = broken*run:* ]] || break # asked in the moment in which it is started
    sleep 0.3
  done
  echo "$status ${said%%:*"$T"*}"
}
seen 'status of one that runs' '0 run' "$(ask status steady)"
sv stop "$T/services/steady" >/dev/null
seen 'status of one that was stopped' '0 down' "$(ask status steady)"
seen 'check of it' '0 ok' "$(ask check steady)"
seen 'status of one that ends at once' '0 down' "$(ask status broken)"
seen 'check of it' '0 ok' "$(ask check broken)"
seen 'status of one that is not there' 1 "$(ask status absent | cut -d' ' -f1)"
the_end
