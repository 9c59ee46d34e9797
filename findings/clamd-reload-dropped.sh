#!/bin/bash
# clamd: what the answer RELOADING means. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: a reload has begun, or is put in line behind the one under way.
# Behaviour: it is the answer in any case. A RELOAD that comes while another load is under way is answered RELOADING and
#   dropped: the log tells of one load, and what was put into the folder in between is not in use until somebody asks
#   again.
# Output: two times RELOADING, one "Reading databases from" more in the log, and the second list not in force.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd and clamdscan'

printf 'hello definition\n' >sample
mkdir db
# Large enough that a load takes a second or so.
python3 - >db/large.hsb <<'P'
import random
random.seed(5)
for i in range(400000): print('%064x:%d:Bulk.%d' % (random.getrandbits(256), 4096 + random.randrange(60000), i))
P
start_clamd 'SelfCheck 0'
say() {
  python3 - "$1" <<'P'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(10); s.connect('socket'); s.sendall(b'z' + sys.argv[1].encode() + b'\0')
print(s.recv(4096).rstrip(b'\0').decode())
P
}
loads() { grep -c 'Reading databases from' log; }
settled() { [ "$(grep -c 'Activating the newly loaded database' log)" -ge "$1" ]; }
before=$(loads)
seen 'first request' RELOADING "$(say RELOAD)"
sleep 0.4
echo "$(md5sum sample | cut -c1-32):17:Added" >db/added.hdb
seen 'second request, during the load' RELOADING "$(say RELOAD)"
until_true settled 1
sleep 4
seen 'loads' 1 "$(($(loads) - before))"
seen 'what came in between' OK "$(scan sample)"
seen 'third request' RELOADING "$(say RELOAD)"
until_true settled 2
seen 'now' 'Added.UNOFFICIAL FOUND' "$(scan sample)"
the_end
