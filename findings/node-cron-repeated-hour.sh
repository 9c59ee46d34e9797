#!/bin/bash
# node-cron: a task for every second in the hour that autumn shows twice. Seen with node-cron 4.6.0, Node.js 20,
# faketime 0.9.10.
#
# Guess: `* * * * * *` runs every second, in every zone, whatever the clocks are set to.
# Behaviour: in the repeated hour (Europe/Berlin, 02:00-03:00 twice) it does not run at all: two hours of silence in
#   both passes; east of UTC the next match is searched in the second pass, and rounding moves "now" back by an hour
#   there. With TZ=UTC it runs. A pulse for a watchdog must be a plain timer.
# Output: runs within 8 s: none in the first pass, none in the second, several in UTC.
. "$(dirname "$0")/lib/setup.sh"
debian faketime 0.9.10-2.1
packages node-cron@4.6.0
library=$(ls $root/usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[ -n "$library" ] || absent libfaketime

cat >task.js <<'J'
import { createTask } from 'node-cron'

let runs = 0
createTask('* * * * * *', () => { runs++ }).start()
setTimeout(() => { console.log(runs >= 3 ? 'several' : runs === 0 ? 'none' : 'few'); process.exit() }, 8000)
J
runs() { # ZONE MOMENT-IN-UTC
  TZ=$1 LD_PRELOAD=$library FAKETIME_FMT=%s FAKETIME="@$(date -u -d "$2" +%s)" node task.js 2>/dev/null
}
runs Europe/Berlin '2027-10-31 00:30:00 UTC' >first & runs Europe/Berlin '2027-10-31 01:30:00 UTC' >second &
runs UTC '2027-10-31 00:30:00 UTC' >utc & runs Europe/Berlin '2027-10-31 03:30:00 UTC' >after &
wait
seen 'first pass' none "$(cat first)"
seen 'second pass' none "$(cat second)"
seen 'an hour later' several "$(cat after)"
seen 'the same moment in UTC' several "$(cat utc)"
the_end
