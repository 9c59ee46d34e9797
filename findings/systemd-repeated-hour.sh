#!/bin/bash
# systemd timers: `*:0/15` and `hourly` in the hour that autumn shows twice. Seen with systemd 252 (Debian 12).
#
# Guess: "every 15 minutes" is every 15 minutes.
# Behaviour: the second showing is skipped, also by patterns that name no hour: after 02:45 of the first pass comes
#   03:00, 75 minutes later; `hourly` pauses two hours. An entry in UTC (`*:0/15 UTC`), or OnUnitActiveSec, does not
#   pause.
# Output: 00:45 UTC, then 02:00 UTC.
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.39-1~deb12u2
command -v systemd-analyze >/dev/null || absent systemd-analyze
[ -e /usr/share/zoneinfo/Europe/Berlin ] || absent tzdata

runs() { # CALENDAR: five moments in UTC from 00:20 UTC (02:20, first pass) on
  TZ=Europe/Berlin systemd-analyze calendar --base-time='2027-10-31 00:20:00 UTC' --iterations=5 "$1" 2>/dev/null |
    sed -n 's/^ *(in UTC): ... 2027-..-.. \(..:..\):.*/\1/p' | paste -sd' '
}
seen '*:0/15' '00:30 00:45 02:00 02:15 02:30' "$(runs '*:0/15')"
seen hourly '02:00 03:00 04:00 05:00 06:00' "$(runs hourly)"
seen '*:0/15 UTC' '00:30 00:45 01:00 01:15 01:30' "$(runs '*:0/15 UTC')"
the_end
