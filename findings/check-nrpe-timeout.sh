#!/bin/bash
# check_nrpe: a check that takes too long. Seen with nagios-nrpe-plugin and nagios-nrpe-server 4.1.0 (Debian 12).
#
# Guess: UNKNOWN, since nobody knows: that is what a check which was ended says in the plugins and in Icinga.
# Behaviour: it depends on who loses patience. The server (`command_timeout`) answers UNKNOWN; check_nrpe itself, which waits for
#   ten seconds while the server's bound is 60, ends with 2: CRITICAL, and who is called at night is called for a slow disk.
#   `-u` makes it UNKNOWN, as it does with a host where nobody listens, and `-t` waits longer.
# Output: status 3 by the server, 2 by check_nrpe, 3 with -u.
. "$(dirname "$0")/lib/setup.sh"
debian nagios-nrpe-server 4.1.0-1+b1
debian nagios-nrpe-plugin 4.1.0-1+b1

port=$(free_port)
user=$(id -un)
[ "$(id -u)" = 0 ] && user=nobody
printf '%s\n' "server_port=$port" server_address=127.0.0.1 "nrpe_user=$user" "nrpe_group=$(id -gn "$user")" \
  allowed_hosts=127.0.0.1 "pid_file=$T/pid" command_timeout=4 'command[slow]=/bin/sleep 20' \
  'command[quick]=/bin/echo WARNING' >nrpe.cfg
background nrpe -f -n -c "$T/nrpe.cfg" >log 2>&1
until_true listens "$port"
check=${root:-}/usr/lib/nagios/plugins/check_nrpe
[ -x "$check" ] || absent check_nrpe
status() { "$check" -H 127.0.0.1 -p "${at:-$port}" -n "$@" >out 2>&1; echo $?; }
seen 'a quick one' 0 "$(status -c quick)"
seen 'the server ends it' 3 "$(status -c slow)"
seen 'check_nrpe ends it' 2 "$(status -t 2 -c slow)"
seen 'with -u' 3 "$(status -u -t 2 -c slow)"
at=$(free_port)
seen 'nobody listens' 2 "$(status -c quick)"
seen 'nobody listens, with -u' 3 "$(status -u -c quick)"
the_end
