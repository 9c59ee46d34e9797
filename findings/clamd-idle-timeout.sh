#!/bin/bash
# clamd: a reload after a scan, with `ConcurrentDatabaseReload no`. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the load begins when the scans that are under way have ended: here at once, as there are none.
# Behaviour: it begins when the THREADS of earlier scans have ended, and they wait IdleTimeout (30 s by default) for
#   more work. Until then clamd answers nobody, PING neither. So "silent for 20 s after RELOAD" says nothing against a
#   set; whoever waits must wait IdleTimeout longer than a load takes. Without a scan before, the load begins at once.
# Output: with IdleTimeout 12: answer to PING after about 10 s; without a scan before: at once.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd and clamdscan'

printf 'hello definition\n' >sample
mkdir db
echo '00000000000000000000000000000000:1:Other' >db/other.hdb
start_clamd 'SelfCheck 0' 'ConcurrentDatabaseReload no' 'IdleTimeout 12'
deaf() { # after RELOAD, until PING is answered: "short" (below 3 s) or "long" (6 s or more)
  python3 - <<'P'
import socket, time
def ask(word, patience):
    s = socket.socket(socket.AF_UNIX); s.settimeout(patience); s.connect('socket'); s.sendall(b'z' + word + b'\0')
    return s.recv(4096)
assert ask(b'RELOAD', 5) == b'RELOADING\0'
time.sleep(0.5)
begun = time.time()
assert ask(b'PING', 40) == b'PONG\0'
took = time.time() - begun
print('short' if took < 3 else 'long' if took >= 6 else 'between: %.1f s' % took)
P
}
sleep 3
seen 'nothing was scanned before' short "$(deaf)"
sleep 3
scan sample >out
seen 'a scan just ended' long "$(deaf)"
the_end
