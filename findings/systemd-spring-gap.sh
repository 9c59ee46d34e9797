#!/bin/bash
# systemd timers: OnCalendar in the hour that spring leaves out. Seen with systemd 252 (Debian 12).
#
# Guess: a daily 02:30 runs at 03:00 or 03:30 on that day, as cron(8) has it.
# Behaviour: the day is left out: 47 hours between two runs of a daily timer, two weeks for `Sun 02:30`. `Persistent=`
#   cannot help, since nothing was missed. 03:00 of that day runs.
# Output: Mon 2027-03-29 as the next run after Sat 2027-03-27 12:00 in Europe/Berlin.
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.39-1~deb12u2
command -v systemd-analyze >/dev/null || absent systemd-analyze
[ -e /usr/share/zoneinfo/Europe/Berlin ] || absent tzdata

next() { # BASE CALENDAR: the next moment in UTC
  TZ=Europe/Berlin systemd-analyze calendar --base-time="$1" "$2" 2>/dev/null | sed -n 's/^ *(in UTC): //p' | head -1
}
seen 'daily 02:30' 'Mon 2027-03-29 00:30:00 UTC' "$(next '2027-03-27 12:00' '*-*-* 02:30')"
seen 'the same, with its zone written' 'Mon 2027-03-29 00:30:00 UTC' "$(next '2027-03-27 12:00' '*-*-* 02:30 Europe/Berlin')"
seen 'weekly Sun 02:30' 'Sun 2027-04-04 00:30:00 UTC' "$(next '2027-03-27 12:00' 'Sun 02:30')"
seen 'daily 03:00' 'Sun 2027-03-28 01:00:00 UTC' "$(next '2027-03-27 12:00' '*-*-* 03:00')"
the_end
