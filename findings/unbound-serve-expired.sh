#!/bin/bash
# Unbound with `serve-expired: yes`: a record that is asked for seldom. Seen with unbound 1.17.1 (Debian 12).
#
# Guess: an answer that has expired is given while the server that knows better does not answer (RFC 8767), and for a bounded
#   time.
# Behaviour: it is given first, in any case, without a bound, with 30 s as its TTL, and the server is asked behind it: each question
#   gets the answer to the one before. A record of versions, which is asked for once an hour or once a day, is an hour or a
#   day old whenever it is asked for, though all servers are well. `serve-expired-client-timeout: 1800` makes it what RFC 8767 says;
#   `serve-expired-ttl` bounds the age.
# Output: TTL of the record 1 s; questions 4 s after each change: v1 for v2, v2 for v3 with serve-expired; v2, v3 with the time-out
#   and without serve-expired.
. "$(dirname "$0")/lib/setup.sh"
debian unbound 1.17.1-2+deb12u4

cat >dns.py <<'P' # PORT: answers every question with the text in the file `version`, for a second; PORT NAME: asks, tells text and TTL
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 2:
    name = b''.join(bytes([len(part)]) + part.encode() for part in sys.argv[2].split('.'))
    s.settimeout(3)
    try:
        s.connect(('127.0.0.1', int(sys.argv[1])))
        s.send(b'\0\7\1\0\0\1\0\0\0\0\0\0' + name + b'\0\0\x10\0\1')
        record = s.recv(2000)[len(name) + 17:]
        print(record[13:13 + record[12]].decode(), int.from_bytes(record[6:10], 'big'))
    except OSError:
        print('no answer')
else:
    s.bind(('127.0.0.1', int(sys.argv[1])))
    while True:
        question, peer = s.recvfrom(2000)
        end = question.index(0, 12) + 5
        text = open('version').read().strip().encode()
        s.sendto(question[:2] + b'\x85\x80\0\1\0\1\0\0\0\0' + question[12:end] + b'\xc0\x0c\0\x10\0\1\0\0\0\1'
                 + (len(text) + 1).to_bytes(2, 'big') + bytes([len(text)]) + text, peer)
P
answers() { [ "$(python3 dns.py "$@")" != 'no answer' ]; }
start_unbound() { # OPTION...: its port in $port
  port=$(free_port)
  printf '%s\n' server: 'interface: 127.0.0.1' "port: $port" 'do-daemonize: no' 'username: ""' 'chroot: ""' "directory: \"$T\"" \
    'pidfile: ""' 'use-syslog: no' "logfile: \"$T/log\"" 'module-config: "iterator"' 'do-not-query-localhost: no' "$@" \
    forward-zone: 'name: "."' "forward-addr: 127.0.0.1@$upstream" >"unbound-$port.conf"
  background unbound -d -c "unbound-$port.conf"
  until_true answers "$port" other.example
}
echo v1 >version
upstream=$(free_port)
background python3 dns.py "$upstream"
until_true answers "$upstream" other.example
start_unbound
plain=$port
start_unbound 'serve-expired: yes'
expired=$port
start_unbound 'serve-expired: yes' 'serve-expired-client-timeout: 1800'
timed=$port
each() { for port in "$plain" "$expired" "$timed"; do python3 dns.py "$port" versions.example; done | paste -sd,; }
seen 'at first: plain, serve-expired, with the time-out' 'v1 1,v1 1,v1 1' "$(each)"
sleep 4
echo v2 >version
seen 'v2' 'v2 1,v1 30,v2 1' "$(each)"
sleep 4
echo v3 >version
seen 'v3' 'v3 1,v2 30,v3 1' "$(each)"
seen 'the bound of its age, in seconds; 0 is none' 0 "$(unbound-checkconf -o serve-expired-ttl "unbound-$expired.conf")"
the_end
