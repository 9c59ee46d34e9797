#!/bin/bash
# fail2ban: what `fail2ban-client -t` and `fail2ban-client reload` make of a filter. Seen with fail2ban 1.0.2 (Debian 12).
#
# Guess: the test finds what a reload fails over, and a reload that fails leaves the jails as they were.
# Behaviour: the other way round, twice. A filter whose file is not there fails the test; the reload says OK, status 0, stops that
#   jail and lifts its bans. A filter whose expression Python refuses - `(?i)` within it, which the Python of Debian 11
#   still took - passes the test with OK; the reload fails over it, and by then all jails are gone and all bans of all jails
#   are lifted, until a good reload brings them back from the database.
# Output: a jail with a ban each, a and b; what is left after a reload with another filter for b.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian fail2ban 1.0.2-2
as_installed

cp -r /etc/fail2ban conf
rm -rf conf/jail.d/*
printf '%s\n' '[INCLUDES]' 'before = paths-debian.conf' '[DEFAULT]' >conf/jail.conf
filter() { printf '%s\n' '[Definition]' "failregex = $2" >"conf/filter.d/$1.conf"; }
filter good '^\s*bad <HOST>$'
filter python39 '^\s*(?i)bad <HOST>$'
printf '%s\n' '[Definition]' "actionban = echo ban <name> >>$T/done" "actionunban = echo unban <name> >>$T/done" >conf/action.d/note.conf
jails() { # NAME FILTER ...
  while [ $# -gt 0 ]; do
    printf '%s\n' "[$1]" 'enabled = true' "filter = $2" "logpath = $T/$1.log" 'backend = polling' 'maxretry = 1' 'bantime = 1h' \
      'usedns = no' 'action = note'
    shift 2
  done >conf/jail.local
}
client() { timeout 30 fail2ban-client -c "$T/conf" -s "$T/socket" -p "$T/pid" "$@"; }
reload() { # its status, and the last word that it says
  local status
  client reload >said 2>&1
  status=$?
  echo "$status$(grep -qx OK said && echo ' OK')"
}
# tested: the status of the test.
tested() {
  client -t >said 2>&1
  echo $?
}
# left: the jails, and what was done to bans since the last question.
left() {
  echo "$(client status | sed -n 's/.*Jail list:[[:space:]]*//p'): $(paste -sd, done)"
  : >done
}
jails a good b good
touch a.log b.log done
background fail2ban-server -f -c "$T/conf" -s "$T/socket" -p "$T/pid" --logtarget "$T/log" >/dev/null 2>&1
until_true client ping
for name in a b; do echo "$(date '+%Y-%m-%d %H:%M:%S') bad 192.0.2.7" >>$name.log; done
until_true grep -q 'ban b' done
until_true grep -q 'ban a' done
sort -o done done
seen 'at the beginning' 'a, b: ban a,ban b' "$(left)"
seen 'the same anew' '0, 0 OK' "$(tested), $(reload)"
seen 'left' 'a, b: ' "$(left)"
jails a good b absent
seen 'a filter that is not there: test, reload' '255, 0 OK' "$(tested), $(reload)"
seen 'left' 'a: unban b' "$(left)"
jails a good b good
seen 'the good ones: test, reload' '0, 0 OK' "$(tested), $(reload)"
until_true grep -q 'ban b' done
seen 'back' 'a, b: ban b' "$(left)"
jails a good b python39
seen 'an expression that Python refuses: test, reload' '0, 255' "$(tested), $(reload)"
seen 'left' ': unban a,unban b' "$(left)"
the_end
