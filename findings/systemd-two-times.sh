#!/bin/bash
# systemd timers: two times of day in one line. Seen with systemd 252 (Debian 12).
#
# Guess: `OnCalendar=6:00,18:00` is at six in the morning and at six in the evening.
# Behaviour: the comma belongs to the field in which it stands, and what follows it is read as the next fields: hour 6, minutes 0
#   and 18, second 0. It is valid, `systemd-analyze calendar` ends with 0, and the second run comes 18 minutes after the first
#   one. `8:00,20:00` as well; only a minute above 59 would be refused. `6,18:00`, or two lines, is what was meant.
# Output: 06:00 and 06:18; 06:00 and 18:00.
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.38-1~deb12u1
command -v systemd-analyze >/dev/null || absent systemd-analyze

runs() { # CALENDAR: the status, and four moments
  local said status
  said=$(systemd-analyze calendar --base-time='2027-02-01 00:00:00 UTC' --iterations=4 "$1" 2>/dev/null)
  status=$?
  echo "$status: $(sed -n 's/^ *[NI].*: ... 2027-02-\(.. ..:..\):.*/\1/p' <<<"$said" | paste -sd,)"
}
seen '6:00,18:00' '0: 01 06:00,01 06:18,02 06:00,02 06:18' "$(runs '6:00,18:00')"
seen '6,18:00' '0: 01 06:00,01 18:00,02 06:00,02 18:00' "$(runs '6,18:00')"
the_end
