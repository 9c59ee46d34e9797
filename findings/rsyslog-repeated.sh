#!/bin/bash
# rsyslog: `$RepeatedMsgReduction on`, as Ubuntu's rsyslog.conf has it. Seen with rsyslogd 8.2302.0 (Debian 12).
#
# Guess: messages that are the same in everything but their time are counted, and "message repeated" comes after half a minute at
#   the latest, as from the old syslogd.
# Behaviour: text, host, program and process number are compared, and nothing else: an error whose text an information had before
#   it, with another MSGID and other structured data, is the same message. It is held back until another text comes in by
#   that input, be it for days, and reaches neither file nor server until then; the count that comes in the end has the
#   severity and the data of the last one. A machine that is switched off before takes it along.
# Output: of an information and two errors with one text: the information at once, nothing within 35 seconds, and with the next
#   text the count, as an error, with the data of the last. Without the directive all three at once.
. "$(dirname "$0")/lib/setup.sh"
debian rsyslog 8.2302.0-1+deb12u2

cat >send.py <<'P'
import socket, sys, time
port, *messages = sys.argv[1:]
with socket.create_connection(('127.0.0.1', int(port))) as server:
    for message in messages:
        server.sendall(b'%d %s' % (len(message), message.encode()))
time.sleep(0.5)
P
start() { # DIRECTIVE: and an empty file of messages
  port=$(free_port)
  : >messages
  cat >rsyslog.conf <<C
module(load="imtcp")
$1
input(type="imtcp" port="$port" address="127.0.0.1")
template(name="short" type="string" string="%syslogseverity-text% %msgid% %structured-data% %msg:::drop-last-lf%\n")
action(type="omfile" file="$T/messages" template="short")
C
  background rsyslogd -n -f "$T/rsyslog.conf" -i "$T/pid" >log 2>&1
  until_true listens "$port"
}
event() { echo "<$1>1 2026-01-01T00:00:00Z host defs 1 $2 [set@32473 name=\"$3\"] $4"; } # PRIORITY MSGID SET TEXT
three() {
  python3 send.py "$port" "$(event 30 tried a 'the mirror is silent')" "$(event 27 failed b 'the mirror is silent')" \
    "$(event 27 failed c 'the mirror is silent')"
}
told() { tr -s ' ' <messages | paste -sd';'; }

start '$RepeatedMsgReduction off'
three
seen 'without it' 'info tried [set@32473 name="a"] the mirror is silent;err failed [set@32473 name="b"] the mirror is silent;err failed [set@32473 name="c"] the mirror is silent' "$(told)"
kill "${started[-1]}"

start '$RepeatedMsgReduction on'
three
seen 'with it' 'info tried [set@32473 name="a"] the mirror is silent' "$(told)"
sleep 35
seen '35 seconds later' 'info tried [set@32473 name="a"] the mirror is silent' "$(told)"
python3 send.py "$port" "$(event 30 tried d 'the mirror answers')"
seen 'after another text' 'info tried [set@32473 name="a"] the mirror is silent;err failed [set@32473 name="c"] message repeated 2 times: [the mirror is silent];info tried [set@32473 name="d"] the mirror answers' "$(told)"
the_end
