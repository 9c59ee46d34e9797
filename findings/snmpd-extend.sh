#!/bin/bash
# snmpd: programs that `extend` names. Seen with snmpd and snmp 5.9.3 (Debian 12).
#
# Guess: a slow program delays the answer about itself; one that was killed has a result that is not that of success.
# Behaviour: while the program runs snmpd answers nobody about anything, so that the whole machine looks dead to clients that
#   wait for a second. A program that SIGKILL has ended has the result of success, nsExtendResult 0; only the output that
#   is missing gives it away.
# Output: a name of the system is not answered while a program of five seconds runs; 0 for the one that SIGKILL ended, 9 for
#   the one that ends with 9, 1 for the one that is not there.
. "$(dirname "$0")/lib/setup.sh"
debian snmpd 5.9.3+dfsg-2+deb12u1
debian snmp 5.9.3+dfsg-2+deb12u1

export SNMP_PERSISTENT_DIR=$T/state SNMPCONFPATH=$T MIBS=
mkdir state
printf '#!/bin/sh\n: >%s\nsleep 5\necho slow\n' "$T/runs" >slow
printf '#!/bin/sh\necho killed\nexit 9\n' >itself
printf '#!/bin/sh\nkill -9 $$\necho killed\n' >killed
chmod 755 slow itself killed
port=$(free_port)
printf '%s\n' "agentaddress udp:127.0.0.1:$port" 'rocommunity public 127.0.0.1' 'sysName example' "extend slow $T/slow" \
  "extend itself $T/itself" "extend killed $T/killed" "extend none $T/none" >snmpd.conf
background snmpd -f -Lf "$T/snmpd.log" -C -c "$T/snmpd.conf" -p "$T/snmpd.pid" 2>/dev/null
get() { # SECONDS OID: its value
  snmpget -v2c -c public -Oqv -t "$1" -r 0 "127.0.0.1:$port" "$2" 2>/dev/null || echo 'no answer'
}
extended() { # COLUMN NAME: the OID of 1, the first line of output, or 4, the result, in nsExtendOutput1Table
  local name=$2
  printf '1.3.6.1.4.1.8072.1.3.2.3.1.%s.%s' "$1" "${#name}"
  while [ -n "$name" ]; do
    printf '.%d' "'$name"
    name=${name#?}
  done
}
system=1.3.6.1.2.1.1.5.0
up() { [ "$(get 1 "$system")" = '"example"' ]; }
until_true up
for name in itself killed none; do echo "$name $(get 5 "$(extended 4 "$name")")"; done >results
seen 'results' 'itself 9,killed 0,none 1' "$(paste -sd, results)"
seen 'output of the killed one' '""' "$(get 5 "$(extended 1 killed)")"
get 20 "$(extended 1 slow)" >answer &
started+=($!)
until_true test -e runs
seen 'another value meanwhile, within the second of a client' 'no answer' "$(get 1 "$system")"
seen 'once more' 'no answer' "$(get 1 "$system")"
until_true test -s answer
seen 'the slow program' '"slow"' "$(cat answer)"
seen 'the other value then' '"example"' "$(get 1 "$system")"
the_end
