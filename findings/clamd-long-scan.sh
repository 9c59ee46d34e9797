#!/bin/bash
# clamd: reloads while a folder is scanned. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: each file is scanned with the set that is in force when its turn comes; the old set goes when the new one is there.
# Behaviour: true with --fdpass and --stream, where clamdscan hands over file by file. A folder that clamd reads itself, with
#   --multiscan as well, is scanned to its end with the set of its beginning, however many reloads: clamd answers others with
#   the new set, and what that detects stays unseen, "OK", status 0. The old set stays in memory for as long, so that a further
#   reload needs room for three. With `ConcurrentDatabaseReload no` a RELOAD makes clamd deaf to everybody until the folder
#   is done: a weekly scan of hours holds up the mail for hours.
# Output: found in none of the files, and in some with --fdpass and --stream; two engines until the end of the scan (with a
#   set of 19 MB: 56 MB, and 76 MB during a further reload, as against 29 MB at the start).
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd and clamdscan'

printf 'hello definition\n' >sample
mkdir db folder
python3 - <<'P'
import random
random.seed(5)
with open('db/large.hsb', 'w') as out:
    for i in range(50000): out.write('%064x:%d:Bulk.%d\n' % (random.getrandbits(256), 4096 + random.randrange(60000), i))
for i in range(24):
    with open('folder/%d-large' % i, 'wb') as out: out.write(random.randbytes(6000000))
    with open('folder/%d-sample' % i, 'w') as out: out.write('hello definition %d\n' % i)
P
cat >ask.py <<'P' # "PATIENCE": what PING is answered in that time; nothing: how many engines are in memory
import re, socket, sys
talk = socket.socket(socket.AF_UNIX)
talk.settimeout(int((sys.argv + [30])[1]))
try:
    talk.connect('socket')
    talk.sendall(b'zPING\0' if sys.argv[1:] else b'zSTATS\0')
    answer = b''
    while piece := talk.recv(4096): answer += piece
    print(answer.decode().strip('\0') if sys.argv[1:] else re.search(rb' pools (\d+) ', answer)[1].decode())
except TimeoutError: print('nothing')
P
reloads() { grep -c Activating log; }
reload() {
  local before
  before=$(reloads)
  clamdscan -c clamd.conf --reload
  until_true eval "[ \$(reloads) -gt $before ] && [ \"\$(scan sample)\" != OK ]"
}
begin() { # OPTION...: a scan of the folder, which is under way
  clamdscan -c clamd.conf --no-summary "$@" folder >scan.out 2>&1 &
  scan=$!
  until_true eval "ls -l /proc/$(pgrep -P "${started[-1]}")/fd | grep -E 'large\$|/clamav-'"
}
busy() { kill -0 $scan 2>/dev/null || absent 'the scan of the folder was over too early'; }
end() { # its status, and whether none, some or all of the samples were found: in $found
  wait $scan
  found="status $?"
  case $(grep -c FOUND scan.out) in 0) found+=', none' ;; 24) found+=', all' ;; *) found+=', some' ;; esac
}
stop() {
  kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
  rm -f log db/new.ndb
}
for option in '' --multiscan --fdpass --stream; do
  name=${option:-no option}
  start_clamd 'SelfCheck 0'
  begin $option
  echo 'New:0:*:68656c6c6f20646566696e6974696f6e' >db/new.ndb # "hello definition"
  reload
  seen "$name: another client" 'New.UNOFFICIAL FOUND' "$(scan sample)"
  [ "$option" ] || seen "$name: engines during the scan" 2 "$(python3 ask.py)"
  busy
  end
  case $option in --fdpass | --stream) expected='status 1, some' ;; *) expected='status 0, none' ;; esac
  seen "$name: the folder" "$expected" "$found"
  [ "$option" ] || { sleep 3 && seen "$name: engines after it" 1 "$(python3 ask.py)"; }
  stop
done
start_clamd 'SelfCheck 0' 'ConcurrentDatabaseReload no' 'IdleTimeout 1'
begin
clamdscan -c clamd.conf --reload
sleep 1.5
seen 'not concurrent: PING during the scan' nothing "$(python3 ask.py 1)"
busy
end
seen 'not concurrent: the folder' 'status 0, none' "$found"
seen 'not concurrent: PING after it' PONG "$(python3 ask.py 10)"
the_end
