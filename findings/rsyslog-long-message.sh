#!/bin/bash
# rsyslog: a message over TCP of more than 8 KiB. Seen with rsyslogd 8.2302.0 (Debian 12).
#
# Guess: octet counting (RFC 6587) states the length, so the message is stored whole, or cut; RFC 5424 lets receivers
#   cut.
# Behaviour: it is broken in two. The default most is 8,096 bytes, not 8,192; what is left comes as a second message of
#   its own, without header, as facility user, severity notice, from the sender's address. An event of JSON is parsed by
#   nothing any more, and half of it counts as something that happened.
# Output: 8,000 bytes: one message; 8,150 bytes: two, the second from facility user.
. "$(dirname "$0")/lib/setup.sh"
debian rsyslog 8.2302.0-1+deb12u2

port=$(free_port)
cat >rsyslog.conf <<C
module(load="imtcp")
input(type="imtcp" port="$port" address="127.0.0.1")
template(name="short" type="string" string="%syslogfacility-text%.%syslogseverity-text% %app-name% %msg:::drop-last-lf%\n")
action(type="omfile" file="$T/messages" template="short")
C
background rsyslogd -n -f "$T/rsyslog.conf" -i "$T/pid" >log 2>&1
until_true listens "$port"
send() { # BYTES: of the whole message
  python3 - "$port" "$1" <<'P'
import socket, sys
head = b'<132>1 2026-01-01T00:00:00Z host defs 1 - - '
whole = head + b'x' * (int(sys.argv[2]) - len(head))
s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.sendall(b'%d %s' % (len(whole), whole)); s.close()
P
  sleep 2
}
send 8000
seen '8000 bytes' 'local0.warning defs' "$(cut -d' ' -f1,2 messages | paste -sd';')"
: >messages
send 8150
seen '8150 bytes, first message' 'local0.warning defs' "$(sed -n 1p messages | cut -d' ' -f1,2)"
seen '8150 bytes, second message' 'user.notice' "$(sed -n 2p messages | cut -d' ' -f1)"
the_end
