#!/bin/bash
# clamav-milter after clamd was away. Seen with clamav-milter and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: once clamd is back, however long before, the next mail is scanned.
# Behaviour: clamd is asked whether it is there when a mail could not be scanned, not before. The first mail after it is back is
#   still answered by OnFail - refused for now (Defer, the default), or let in unscanned (Accept) - and only the one behind it
#   is scanned. The same at boot, when clamav-milter is there before clamd. The answer comes with the first header, from
#   clamav-milter itself: `milter_default_action` of Postfix has no say in it. Where no mail came while clamd was away, none is lost.
# Output: found, then accepted while clamd is away, accepted 5 s after it is back, found; with Defer in place of Accept the
#   same with tempfail.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamav-milter 1.4.6+dfsg-0+deb12u1

cat >mail.py <<'P' # SOCKET: hands over one mail as a mail server does, and tells the answer that ended it, and at which step
import socket, struct, sys

names = {b'a': 'accept', b'r': 'reject', b't': 'tempfail', b'd': 'discard', b'y': 'reply'}
talk = socket.socket(socket.AF_UNIX)
talk.settimeout(60)
talk.connect(sys.argv[1])
stream = talk.makefile('rwb')
def tell(step, data):
    stream.write(struct.pack('>I', len(data) + 1) + step + data)
    stream.flush()
def answer():
    size, = struct.unpack('>I', stream.read(4))
    return stream.read(size)[:1]
tell(b'O', struct.pack('>III', 6, 0x1ff, 0x1fffff))
answer()
for name, step, data in (('connect', b'C', b'host.example\x004\0\x19192.0.2.1\0'), ('sender', b'M', b'<a@example.org>\0'),
                         ('recipient', b'R', b'<b@example.org>\0'), ('header', b'L', b'Subject\0text\0'),
                         ('body', b'B', b'hello definition\r\n'), ('end', b'E', b'')):
    tell(step, data)
    said = answer()
    while step == b'E' and said not in names:
        said = answer()
    if said in names:
        print(name, names[said])
        break
P
mail() { python3 mail.py "$T/milter"; }
mkdir db
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
for action in Accept Defer; do
  lower=$([ $action = Accept ] && echo accept || echo tempfail)
  printf '%s\n' "MilterSocket unix:$T/milter" "ClamdSocket unix:$T/socket" 'Foreground yes' "User $(id -un)" 'OnInfected Reject' \
    "OnFail $action" >milter.conf
  background clamav-milter -c milter.conf >milter.log 2>&1
  milter=${started[-1]}
  until_true test -S milter
  seen "$action, before clamd was there" "header $lower" "$(mail)"
  start_clamd
  clamd=${started[-1]}
  sleep 5
  seen "$action, 5 s after clamd answers" "header $lower, then end reject" "$(mail), then $(mail)"
  kill "$clamd" && wait "$clamd" 2>/dev/null
  seen "$action, clamd is away" "header $lower" "$(mail)"
  start_clamd
  clamd=${started[-1]}
  sleep 5
  seen "$action, 5 s after it is back" "header $lower, then end reject" "$(mail), then $(mail)"
  kill "$clamd" && wait "$clamd" 2>/dev/null
  start_clamd
  seen "$action, away while no mail came" 'end reject' "$(mail)"
  kill "${started[-1]}" "$milter" && wait "${started[-1]}" "$milter" 2>/dev/null
  rm -f milter socket
done
the_end
