#!/bin/bash
# send_nsca: what it says of results. Seen with nsca and nsca-client 2.10.2 (Debian 12).
#
# Guess: a result that the server cannot read is an error of send_nsca; of several lines each is a result.
# Behaviour: with a wrong password or another method of encryption it says "1 data packet(s) sent to host successfully",
#   status 0, and the server drops the packet: the service keeps its last result. Several lines are one result: the first one,
#   with the others, host, service and code included, in its text; also "successfully". They have to be parted by a byte 0x17.
# Output: status 0 and "successfully" each time; the server hands on nothing of the first two calls, one result of the third, with
#   the second line in its text, and two of the last.
. "$(dirname "$0")/lib/setup.sh"
debian nsca 2.10.2-2
debian nsca-client 2.10.2-2

port=$(free_port)
: >results # stands for the command file of the monitoring system
printf '%s\n' "server_port=$port" server_address=127.0.0.1 "command_file=$T/results" "alternate_dump_file=$T/dump" \
  aggregate_writes=0 append_to_file=1 max_packet_age=30 password=right decryption_method=1 "nsca_user=$(id -un)" \
  "nsca_group=$(id -gn)" >nsca.cfg
background nsca -c nsca.cfg -f >nsca.log 2>&1
until_true listens "$port"
printf '%s\n' password=right encryption_method=1 >right.cfg
printf '%s\n' password=wrong encryption_method=1 >password.cfg
printf '%s\n' password=right encryption_method=2 >method.cfg
line() { printf 'host\t%s\t%s\t%s\n' "$@"; }
send() { # CONFIGURATION: status, and how many it says it has sent
  timeout 20 send_nsca -H 127.0.0.1 -p "$port" -c "$1.cfg" >said
  echo "$? $(sed 's/ data packet(s) sent to host/:/' said)"
}
seen 'another password' '0 1: successfully.' "$(line set 2 old | send password)"
seen 'another method' '0 1: successfully.' "$(line set 2 old | send method)"
seen 'two lines' '0 1: successfully.' "$({ line set 0 new; line scanner 2 away; } | send right)"
seen 'two, parted by 0x17' '0 2: successfully.' "$({ line set 0 new; printf '\x17'; line scanner 2 away; } | send right)"
results() { [ "$(grep -c PROCESS results)" = 3 ]; }
until_true results
seen 'what the server hands on' 'host;set;0;new\nhost	scanner	2	away host;set;0;new host;scanner;2;away' \
  "$(sed 's/^.*RESULT;//' results | paste -sd' ')"
the_end
