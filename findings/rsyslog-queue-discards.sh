#!/bin/bash
# rsyslog: forwarding with a queue on the disk while the server is away. Seen with rsyslogd 8.2302.0 (Debian 12).
#
# Guess: `queue.filename` and `queue.saveOnShutdown` are there for this: what cannot be sent waits, and is sent later.
# Behaviour: the queue is emptied into nothing. An action has `action.resumeRetryCount="0"` when not said: while it is suspended each
#   message is taken from the queue, discarded and counted as done, with a queue as without one. The log tells that the action
#   is suspended and resumed, and of no loss. Only with `action.resumeRetryCount="-1"` the queue holds anything back.
# Output: of three messages while the server is away none arrives, with the queue as without; with -1 all three.
. "$(dirname "$0")/lib/setup.sh"
debian rsyslog 8.2302.0-1+deb12u2

cat >server.py <<'P' # keeps what comes in the file `arrived`
import socket, sys, threading
def keep(client):
    while data := client.recv(65536):
        open('arrived', 'ab').write(data)
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    threading.Thread(target=keep, args=(server.accept()[0],), daemon=True).start()
P
forward() { # PARAMETERS: of the action; three messages while the server is away, and some once it is there: which of the three arrive
  local server
  port=$(free_port) server=$(free_port)
  rm -rf queue && mkdir queue
  : >arrived
  cat >rsyslog.conf <<C
global(workDirectory="$T/queue")
module(load="imtcp")
input(type="imtcp" port="$port" address="127.0.0.1")
action(type="omfwd" target="127.0.0.1" port="$server" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format"
  action.resumeInterval="1" $1)
C
  background rsyslogd -n -f "$T/rsyslog.conf" -i "$T/pid" >log 2>&1
  until_true listens "$port"
  for number in 1 2 3; do
    send "away-$number"
    sleep 0.7
  done
  background python3 server.py "$server"
  until_true listens "$server"
  until_true back
  sleep 2
  grep -o 'away-[0-9]' arrived | sort -u | paste -sd' '
  kill "${started[@]: -2}"
}
send() { printf '<27>1 2026-01-01T00:00:00Z host defs 1 - - %s\n' "$1" >"/dev/tcp/127.0.0.1/$port"; }
back() { # the action works again
  send there
  sleep 0.5
  grep -q there arrived
}
queue='queue.type="LinkedList" queue.filename="forward" queue.saveOnShutdown="on"'
seen 'without a queue' '' "$(forward '')"
seen 'with a queue on the disk' '' "$(forward "$queue")"
seen 'with a queue, and -1' 'away-1 away-2 away-3' "$(forward "$queue"' action.resumeRetryCount="-1"')"
the_end
