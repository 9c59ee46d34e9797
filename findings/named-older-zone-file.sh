#!/bin/bash
# named: a zone file that was put back to an older one. Seen with bind9 9.18 (Debian 12).
#
# Guess: `rndc reload` reads every zone file again, or at least those whose time differs.
# Behaviour: only files that are NEWER than what is loaded. After a rollback that keeps the old file's time (a link
#   switched to the folder before, `cp -p`, a restored backup) it answers "zone reload up-to-date", status 0, and goes
#   on serving the zone that was taken back - a policy zone (RPZ) with a bad entry, for example. `touch` and reload
#   again, and it is read.
# Output: "zone reload up-to-date", the new zone's answer.
. "$(dirname "$0")/lib/setup.sh"
debian bind9 1:9.18.49-1~deb12u3

mkdir run zones
port=$(free_port) control=$(free_port)
zone() { printf '$TTL 60\n@ IN SOA ns hostmaster %s 60 60 60 60\n@ IN NS ns\nns IN A 127.0.0.1\nanswer IN TXT "%s"\n' "$2" "$3" >"zones/$1"; }
zone before 1 before && touch -d '2 hours ago' zones/before
zone after 2 after && touch -d '1 hour ago' zones/after
ln -s after zones/current
rndc-confgen -p "$control" -A hmac-sha256 -k key 2>/dev/null | sed -n '1,/^};/p' >key.conf
cat >named.conf <<C
include "$T/key.conf";
controls { inet 127.0.0.1 port $control allow { 127.0.0.1; } keys { "key"; }; };
options { directory "$T/run"; pid-file "$T/run/pid"; session-keyfile "$T/run/session"; listen-on port $port { 127.0.0.1; };
  listen-on-v6 { none; }; recursion no; dnssec-validation no; managed-keys-directory "$T/run"; };
zone "example" { type primary; file "$T/zones/current"; };
C
background named -g -c "$T/named.conf" >log 2>&1
until_true listens "$port"
cat >ask.py <<'P'
import socket, struct, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5)
q = struct.pack('>HHHHHH', 7, 0, 1, 0, 0, 0) + b'\6answer\7example\0' + struct.pack('>HH', 16, 1)
s.sendall(struct.pack('>H', len(q)) + q)
answer = s.recv(4096)
print('after' if b'\5after' in answer else 'before' if b'\6before' in answer else answer)
P
ask() { python3 ask.py "$port"; }
reload() { rndc -s 127.0.0.1 -p "$control" -k "$T/key.conf" reload example 2>&1; echo "status $?"; }
seen 'at first' after "$(ask)"
ln -sfn before zones/current
seen 'rolled back, reload says' 'zone reload up-to-date status 0' "$(reload | paste -sd' ')"
sleep 1
seen 'and serves' after "$(ask)"
touch zones/before
seen 'touched, reload says' 'zone reload queued status 0' "$(reload | paste -sd' ')"
sleep 2
seen 'and serves' before "$(ask)"
the_end
