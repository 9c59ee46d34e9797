#!/bin/bash
# systemd-cron and bcron: day of month and day of week in one line. Seen with systemd-cron 1.15.19 and bcron 0.11 (Debian 12).
#
# Guess: the rule of cron, which bcron's own crontab(5) repeats: when both are restricted, either is enough
#   (`0 0 13 * 5`: each 13th and each Friday).
# Behaviour: both replacements of cron that Debian has want both: Friday the 13th only, once or twice a year. Nothing is said.
# Output: "Fri *-*-13" in the timer of systemd-cron; bcron's next run is a Friday and a 13th.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/crons.sh"
echo '0 0 13 * 5 root /bin/true' >table
timers table
seen 'systemd-cron' 'Fri *-*-13 0:0:00' "$(sed -n 's/^OnCalendar=//p' units/*.timer)"
plan table
next=$(sed -n 's/.* next:\([0-9-]*\) .*/\1/p' plan)
seen 'bcron' 'Friday 13' "$(date -d "$next" '+%A %d')"
the_end
