#!/bin/bash
# logger: a message of more than 1,024 bytes. Seen with bsdutils 2.38.1 (Debian 12).
#
# Guess: the receiver has its bounds (rsyslog 8 KiB, journald more), logger sends what it is given, or says what it cannot send.
# Behaviour: a message that is an argument is cut off after 1,024 bytes, without a word and with status 0, to the local socket as to
#   a server. On standard input the same message becomes several, each of which looks like one that happened. Either
#   way an event of JSON is parsed by nothing any more. `--size 8KiB` sends it whole. `--socket-errors=on` does not help.
# Output: of 3,000 bytes: one message with 1,024 of them; three from standard input; one of 3,000 with --size.
. "$(dirname "$0")/lib/setup.sh"
debian bsdutils 1:2.38.1-5+deb12u3

cat >receive.py <<'P' # keeps the bytes of each text, without its head, in the file `lengths`
import socket, sys, threading
def take(receiver):
    while True:
        text = receiver.recv(65536).split(b'defs: ', 1)[1].rstrip(b'\n')
        open('lengths', 'a').write(f'{len(text)}\n')
local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
local.bind('socket')
threading.Thread(target=take, args=(local,), daemon=True).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(('127.0.0.1', int(sys.argv[1])))
take(udp)
P
port=$(free_port)
background python3 receive.py "$port"
until_true test -S socket
sleep 0.5
python3 -c 'print("{\"event\":401,\"message\":\"" + "x" * 2974 + "\"}", end="")' >event
local=(logger --socket "$T/socket" --socket-errors=on --tag defs)
server=(logger --server 127.0.0.1 --port "$port" --udp --rfc3164 --tag defs)
sends() { # COMMAND...: its status, and the lengths of what came
  : >lengths
  "$@" <event
  echo "status $?, $(sleep 0.5; paste -sd' ' lengths)"
}
seen 'the event' 3000 "$(wc -c <event)"
seen 'a short one' 'status 0, 4' "$(sends "${local[@]}" -- text)"
seen 'as an argument' 'status 0, 1024' "$(sends "${local[@]}" -- "$(cat event)")"
seen 'on standard input' 'status 0, 1024 1024 952' "$(sends "${local[@]}")"
seen 'as an argument, to a server' 'status 0, 1024' "$(sends "${server[@]}" -- "$(cat event)")"
seen 'with --size' 'status 0, 3000' "$(sends "${local[@]}" --size 8KiB -- "$(cat event)")"
seen 'with --size, on standard input' 'status 0, 3000' "$(sends "${local[@]}" --size 8KiB)"
the_end
