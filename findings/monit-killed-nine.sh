#!/bin/bash
# monit: the status of a program that it has ended. Seen with monit 5.33.0 (Debian 12).
#
# Guess: one that takes too long has a state of its own, or a status that no program ends with.
# Behaviour: monit kills it, and what it then tests and tells is the number of the signal, 9, just as of a program that ends with 9
#   by itself: `if status = 9` is true of both, MONIT_PROGRAM_STATUS is 9 for both. Only the log has "timed out". A program that
#   another signal has ended has that number for its status.
# Output: 9 of the program that ends with it and of the slow one, 15 of the one that SIGTERM ended.
. "$(dirname "$0")/lib/setup.sh"
debian monit 1:5.33.0-1

printf '#!/bin/sh\nexit 9\n' >itself
printf '#!/bin/sh\nexec sleep 30\n' >slow
printf '#!/bin/sh\nkill -15 $$\n' >signalled
printf '#!/bin/sh\necho "$MONIT_SERVICE $MONIT_PROGRAM_STATUS" >>%s\n' "$T/alerts" >alert
chmod 755 itself slow signalled alert
printf '%s\n' 'set daemon 1' "set log $T/log" "set pidfile $T/pid" "set idfile $T/id" "set statefile $T/state" \
  "check program itself with path $T/itself" "if status = 9 then exec $T/alert" \
  "check program slow with path $T/slow timeout 2 seconds" "if status = 9 then exec $T/alert" \
  "check program signalled with path $T/signalled" "if status = 15 then exec $T/alert" >monitrc
chmod 600 monitrc
: >alerts
background monit -I -c "$T/monitrc" >out 2>&1
all() { [ "$(sort -u alerts | wc -l)" = 3 ]; }
until_true all
seen 'what is told' 'itself 9,signalled 15,slow 9' "$(sort -u alerts | paste -sd,)"
seen 'what the log says' "'slow' program timed out" "$(grep -o "'slow' program timed out" log | head -n 1)"
the_end
