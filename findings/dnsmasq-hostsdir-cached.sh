#!/bin/bash
# dnsmasq with --hostsdir: a name that is blocked from now on. Seen with dnsmasq 2.90 (Debian 12).
#
# Guess: lines of a hosts file come before anything that is in the cache, as at the start; a file of the folder that is new or
#   changed is read at once (inotify), so its names are blocked at once.
# Behaviour: it is read at once, and the log says "read ... names", but a name that anybody asked for before goes on to resolve
#   from the cache as long as its TTL, while one that nobody asked for is blocked. HUP, which --hostsdir is there to do
#   without, empties the cache.
# Output: fresh blocked, asked before resolved; both blocked after HUP.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/dns.sh"
debian dnsmasq-base 2.90-4~deb12u2

mkdir lists
start_upstream
port=$(free_port)
background dnsmasq -k --conf-file=/dev/null --port="$port" --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts \
  --server="127.0.0.1#$upstream" --user="$(id -un)" --pid-file="$T/pid" --log-facility="$T/log" --hostsdir="$T/lists"
address_of() { # NAME: blocked when it has the address of the list
  python3 - "$port" "$1" <<'P'
import socket, sys
name = b''.join(bytes([len(part)]) + part.encode() for part in sys.argv[2].split('.'))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.connect(('127.0.0.1', int(sys.argv[1])))
s.send(b'\0\7\1\0\0\1\0\0\0\0\0\0' + name + b'\0\0\1\0\1')
print({b'\0\0\0\0': 'blocked'}.get(s.recv(2000)[-4:], 'resolved'))
P
}
until_true answers "$port" any.example
seen 'before' resolved "$(address_of asked.example)"
printf '0.0.0.0 %s\n' asked.example fresh.example >new
mv new lists/list
until_true grep -q 'read .*/lists/list - 2 names' log
seen 'a name that nobody asked for' blocked "$(address_of fresh.example)"
seen 'a name that was asked for' resolved "$(address_of asked.example)"
kill -HUP "$(cat pid)"
sleep 1
seen 'after HUP' blocked "$(address_of asked.example)"
the_end
