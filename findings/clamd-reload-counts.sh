#!/bin/bash
# clamd: how long a reload takes. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: about as long as clamscan needs to load the same databases, or clamd itself when it starts.
# Behaviour: true of a database in a container, whose header says how many signatures there are. The lines of a plain
#   list are counted first, character by character, and in a process that has threads each character takes a lock: the reload
#   takes several times as long as the start of the same clamd, which has none yet, and most of it is that count. Who
#   bounds a reload by what clamscan took gives up too early. The same list in an unsigned container (.cud) is taken by a reload
#   in the time that clamscan takes, and detects the same under the same name (`.UNOFFICIAL` in both).
# Output: 500,001 lines, 46 MB, plain and contained: clamscan 0.61 and 0.43 s, start 0.58 and 0.42 s, reload 1.99 and 0.43 s.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null && command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamscan and clamd'

printf 'hello definition\n' >sample
mkdir db plain contained
python3 - sample <<'P'
import hashlib, random, sys
random.seed(7)
own = open(sys.argv[1], 'rb').read()
lines = ['%064x:%d:Example.Bulk-%d\n' % (random.getrandbits(256), 4096 + random.randrange(60000), i) for i in range(500000)]
lines.append('%s:%d:Example.Own\n' % (hashlib.sha256(own).hexdigest(), len(own)))
with open('plain/big.hsb', 'w') as out: out.writelines(lines)
P
python3 "$here/lib/container.py" contained/big.cud 1 plain/big.hsb
cat >timed.py <<'P' # WHAT [FOLDER]: the median of three, in seconds
import os, socket, statistics, subprocess, sys, time
def connect():
    talk = socket.socket(socket.AF_UNIX)
    talk.connect('socket')
    return talk
def alone():
    subprocess.run(['clamscan', '--no-summary', '-d', sys.argv[2], 'sample'], stdout=subprocess.DEVNULL, check=False)
def start():
    daemon = subprocess.Popen(['clamd', '-c', 'clamd.conf'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ended = time.monotonic() + 60
    while time.monotonic() < ended:
        try:
            connect()
            break
        except OSError: time.sleep(0.01)
    return daemon
def loads(): return open('log').read().count('Database correctly reloaded')
def reload():
    before = loads()
    talk = connect()
    talk.sendall(b'zRELOAD\0')
    talk.recv(100)
    ended = time.monotonic() + 60
    while loads() == before and time.monotonic() < ended: time.sleep(0.01)
took = []
for _ in range(3):
    begun = time.monotonic()
    daemon = {'alone': alone, 'start': start, 'reload': reload}[sys.argv[1]]()
    took.append(time.monotonic() - begun)
    if daemon:
        daemon.terminate()
        daemon.wait()
print('%.2f' % statistics.median(took))
P
longer() { python3 -c 'import sys; print("yes" if float(sys.argv[1]) > 2 * float(sys.argv[2]) else "no")' "$1" "$2"; }
alone=() start=() reload=()
for form in plain contained; do
  start_clamd 'SelfCheck 0' "DatabaseDirectory $T/$form"
  reload+=("$(python3 timed.py reload)")
  seen "$form: clamd, after reloads" 'Example.Own.UNOFFICIAL FOUND' "$(scan sample)"
  seen "$form: signatures in each reload" 500001 "$(sed -n 's/.*correctly reloaded (\([0-9]*\) .*/\1/p' log | sort -u)"
  kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
  seen "$form: clamscan" 'Example.Own.UNOFFICIAL FOUND' "$(clamscan --no-summary -d $form sample | sed 's/^.*: //')"
  start+=("$(python3 timed.py start)")
  alone+=("$(python3 timed.py alone $form)")
  rm -f log
done
echo "plain, contained: clamscan ${alone[*]} s, start ${start[*]} s, reload ${reload[*]} s"
seen 'plain: a reload takes more than twice as long as clamscan' yes "$(longer "${reload[0]}" "${alone[0]}")"
seen 'plain: as the start of clamd' yes "$(longer "${reload[0]}" "${start[0]}")"
seen 'contained: as clamscan' no "$(longer "${reload[1]}" "${alone[1]}")"
seen 'a reload of the plain list: as one of the contained' yes "$(longer "${reload[0]}" "${reload[1]}")"
the_end
