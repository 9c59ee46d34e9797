#!/bin/bash
# dnsmasq as a cache, and TXT records as those that tell versions of databases. Seen with dnsmasq-base 2.90 (Debian 12).
#
# Guess: an answer is kept for its time to live, as of any record, so that many hosts behind one dnsmasq cost the vendor's servers one
#   question in half an hour, and a server that is away for a minute is not noticed.
# Behaviour: dnsmasq keeps addresses and a few more, TXT is not among them. Every check of every host is a question to the servers
#   above; when these are away there is no answer, though the last one is a second old; `--use-stale-cache` and
#   `--min-cache-ttl` change nothing. `--cache-rr=TXT` keeps them.
# Output: three questions, three asked above, and no answer once the server is away; one and an answer for an address, and for TXT
#   with --cache-rr.
. "$(dirname "$0")/lib/setup.sh"
debian dnsmasq-base 2.90-4~deb12u2

cat >dns.py <<'P' # PORT: counts the questions in the file asked; PORT TYPE: asks, and tells whether there is an answer
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
types = {'A': (1, bytes([192, 0, 2, 1])), 'TXT': (16, b'\x0c1.4.6:63:278')}
if len(sys.argv) > 2:
    s.settimeout(2)
    try:
        s.connect(('127.0.0.1', int(sys.argv[1])))
        s.send(b'\0\7\1\0\0\1\0\0\0\0\0\0\7current\7example\0' + types[sys.argv[2]][0].to_bytes(2, 'big') + b'\0\1')
        got = s.recv(2000)
        print('answer' if got[7] and not got[3] & 15 else 'none')
    except OSError:
        print('none')
else:
    s.bind(('127.0.0.1', int(sys.argv[1])))
    while True:
        question, peer = s.recvfrom(2000)
        end = question.index(0, 12) + 5
        with open('asked', 'a') as asked:
            asked.write('.\n')
        kind, data = next(entry for entry in types.values() if entry[0] == question[end - 3])
        s.sendto(question[:2] + b'\x85\x80\0\1\0\1\0\0\0\0' + question[12:end] + b'\xc0\x0c' + kind.to_bytes(2, 'big')
                 + b'\0\1\0\0\7\x08' + len(data).to_bytes(2, 'big') + data, peer)
P
asks() { [ "$(python3 dns.py "$@")" = answer ]; }
# questions TYPE [OPTION...]: how many of three questions went on to the server; and whether there is an answer once that is away
questions() {
  local server upstream port
  upstream=$(free_port)
  background python3 dns.py "$upstream"
  server=${started[-1]}
  until_true asks "$upstream" A
  port=$(free_port)
  background dnsmasq -k -p "$port" -a 127.0.0.1 -z --no-resolv --no-hosts --conf-file=/dev/null --pid-file= -u "$(id -un)" \
    -S "127.0.0.1#$upstream" "${@:2}" 2>/dev/null
  until_true listens "$port"
  : >asked
  for _ in 1 2 3; do python3 dns.py "$port" "$1" >/dev/null; done
  kill "$server" && wait "$server" 2>/dev/null
  echo "$(wc -l <asked), $(python3 dns.py "$port" "$1")"
  kill "${started[-1]}"
}
seen 'an address: questions to the server, answer once it is away' '1, answer' "$(questions A)"
seen 'TXT' '3, none' "$(questions TXT)"
seen 'TXT, --use-stale-cache' '3, none' "$(questions TXT --use-stale-cache)"
seen 'TXT, --min-cache-ttl=60' '3, none' "$(questions TXT --min-cache-ttl=60)"
seen 'TXT, --cache-rr=TXT' '1, answer' "$(questions TXT --cache-rr=TXT)"
the_end
