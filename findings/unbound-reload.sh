#!/bin/bash
# Unbound: what `ok` says when a response policy zone (RPZ) is read anew. Seen with unbound 1.17.1 (Debian 12).
#
# Guess: a zone file that is not there or has nothing in it fails the command, and the zone of before stays.
# Behaviour: with `auth_zone_reload` a missing file is an error and the zone stays, but an empty one is `ok`, status 0, and
#   not a name is blocked any more. `reload` says `ok`, status 0, before it has read anything; with the file missing the
#   server then ends, and nothing is resolved at all.
# Output: blocked; error, still blocked; ok and nothing blocked; ok and no server.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/dns.sh"
debian unbound 1.17.1-2+deb12u4

policy 1 bad.example
mkdir 2 3
: >3/rpz.zone
start_upstream
port=$(free_port)
printf '%s\n' server: "interface: 127.0.0.1" "port: $port" 'do-daemonize: no' 'username: ""' 'chroot: ""' "directory: \"$T\"" \
  'pidfile: ""' 'use-syslog: no' "logfile: \"$T/log\"" 'module-config: "respip iterator"' 'do-not-query-localhost: no' \
  rpz: 'name: rpz.local' "zonefile: \"$T/current/rpz.zone\"" forward-zone: 'name: "."' "forward-addr: 127.0.0.1@$upstream" \
  remote-control: 'control-enable: yes' "control-interface: \"$T/control\"" 'control-use-cert: no' >unbound.conf
background unbound -d -c unbound.conf
unbound=${started[-1]}
bad() { asked "$port" bad.example; }
use 1
until_true unbound-control -c unbound.conf status
seen 'at first' blocked "$(bad)"
use 2
seen 'no zone file, auth_zone_reload' 'error failed to read rpz.local' "$(unbound-control -c unbound.conf auth_zone_reload rpz.local)"
seen 'then' blocked "$(bad)"
use 3
seen 'empty file, auth_zone_reload' 'ok 0' "$(unbound-control -c unbound.conf auth_zone_reload rpz.local) $?"
seen 'then' resolved "$(bad)"
use 1
unbound-control -c unbound.conf reload >/dev/null
until_true unbound-control -c unbound.conf status
seen 'good file, reload' blocked "$(bad)"
use 2
seen 'no zone file, reload' 'ok 0' "$(unbound-control -c unbound.conf reload) $?"
wait "$unbound"
seen 'status of the server' 1 $?
seen 'then' 'no answer' "$(bad)"
the_end
