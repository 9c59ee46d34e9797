#!/bin/bash
# systemd-cron: a range of weekdays that ends with 7. Seen with systemd-cron 1.15.19 (Debian 12).
#
# Guess: `5-7` is Friday to Sunday, as crontab(5) has it (0 and 7 are Sunday), or the line is refused.
# Behaviour: the field is called garbled in the log, and the timer is made without it: the job runs every day. `5,6,7` and
#   `0-2` are read as written.
# Output: " *-*-* 6:0:00" for 5-7; "Fri,Sat,Sun *-*-* 6:0:00" or the like for the list.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/crons.sh"
read_as() { # WEEKDAYS: the calendar that is made of it
  echo "0 6 * * $1 root /bin/true" >table
  timers table
  sed -n 's/^OnCalendar=//p' units/*.timer
}
days() { read_as "$1" | grep -oE 'Sun|Mon|Tue|Wed|Thu|Fri|Sat' | sort | tr '\n' ' '; }
seen 'Friday to Sunday as a list' 'Fri Sat Sun ' "$(days 5,6,7)"
seen 'Sunday to Tuesday as a range' 'Mon Sun Tue ' "$(days 0-2)"
seen 'Friday to Sunday as a range' ' *-*-* 6:0:00' "$(read_as 5-7)"
seen 'what it says' 1 "$(grep -c 'garbled time.*5-7' generator.log)"
the_end
