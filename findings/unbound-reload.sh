#!/bin/bash
# Unbound: what `ok` says when a response policy zone (RPZ) is read anew. Seen with unbound 1.17.1 (Debian 12).
#
# Guess: a zone file that is not there or has nothing in it fails the command, and the zone of before stays.
# Behaviour: with `auth_zone_reload` a missing file is an error and the zone stays, but an empty one is `ok`, status 0, and
#   not a name is blocked any more. `reload` says `ok`, status 0, before it has read anything; with the file missing the
#   server then ends, and nothing is resolved at all.
# Output: blocked; error, still blocked; ok and nothing blocked; ok and no server.
. "$(dirname "$0")/lib/setup.sh"
debian unbound 1.17.1-2+deb12u4

mkdir 1 2 3
printf '%s\n' '$TTL 300' '@ SOA localhost. root.localhost. 1 300 60 86400 60' '@ NS localhost.' 'bad.example CNAME .' >1/rpz.zone
: >3/rpz.zone
cat >dns.py <<'P' # PORT: answers every question with an address; PORT NAME: asks for a name, and tells what came
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 2:
    name = b''.join(bytes([len(part)]) + part.encode() for part in sys.argv[2].split('.'))
    s.settimeout(3)
    try:
        s.connect(('127.0.0.1', int(sys.argv[1])))
        s.send(b'\0\7\1\0\0\1\0\0\0\0\0\0' + name + b'\0\0\1\0\1')
        print({0: 'resolved', 3: 'blocked'}.get(s.recv(2000)[3] & 15, 'failed'))
    except OSError:
        print('no answer')
else:
    s.bind(('127.0.0.1', int(sys.argv[1])))
    while True:
        question, peer = s.recvfrom(2000)
        end = question.index(0, 12) + 5
        s.sendto(question[:2] + b'\x85\x80\0\1\0\1\0\0\0\0' + question[12:end] + b'\xc0\x0c\0\1\0\1\0\0\0\0\0\4\xc0\0\2\1', peer)
P
port=$(free_port) upstream=$(free_port)
background python3 dns.py "$upstream"
printf '%s\n' server: "interface: 127.0.0.1" "port: $port" 'do-daemonize: no' 'username: ""' 'chroot: ""' "directory: \"$T\"" \
  'pidfile: ""' 'use-syslog: no' "logfile: \"$T/log\"" 'module-config: "respip iterator"' 'do-not-query-localhost: no' \
  rpz: 'name: rpz.local' "zonefile: \"$T/current/rpz.zone\"" forward-zone: 'name: "."' "forward-addr: 127.0.0.1@$upstream" \
  remote-control: 'control-enable: yes' "control-interface: \"$T/control\"" 'control-use-cert: no' >unbound.conf
background unbound -d -c unbound.conf
unbound=${started[-1]}
use() { ln -s "$1" new && mv -T new current; }
bad() { python3 dns.py "$port" bad.example; }
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
