#!/bin/bash
# monit: `if changed checksum` and a start of monit. Seen with monit 5.33.0 (Debian 12).
#
# Guess: what monit has seen of a file is in its state file, so a change while it was not running is told at its next start.
# Behaviour: so it is for `if changed timestamp`. For `if changed checksum` the file as it is at the start is the one to compare
#   with: whatever was changed between two starts, at a reboot say, is never told of. `if failed checksum expect SUM` knows what
#   the file should be.
# Output: both tell of a change while monit runs; of one while it does not only the timestamp.
. "$(dirname "$0")/lib/setup.sh"
debian monit 1:5.33.0-1

echo one >daily.cvd
: >told
printf '#!/bin/sh\necho "$MONIT_SERVICE" >>%s\n' "$T/told" >tell
chmod 755 tell
printf '%s\n' 'set daemon 1' "set logfile $T/monit.log" "set idfile $T/id" "set statefile $T/state" "set pidfile $T/pid" \
  "check file content with path $T/daily.cvd" "  if changed checksum then exec $T/tell" \
  "check file time with path $T/daily.cvd" "  if changed timestamp then exec $T/tell" >monitrc
chmod 600 monitrc
start_monit() {
  background monit -I -c "$T/monitrc" >/dev/null 2>&1
  sleep 5
}
change() { # TEXT: in another second than before, and long enough for three looks
  sleep 1
  echo "$1" >daily.cvd
  sleep 4
}
said() { sort -u told | paste -sd' '; }
start_monit
seen 'at first' '' "$(said)"
: >told
change two
seen 'changed while it runs' 'content time' "$(said)"
: >told
kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
change three
start_monit
seen 'changed while it does not' time "$(said)"
: >told
change four
seen 'changed once more' 'content time' "$(said)"
the_end
