# DNS for the scripts. Sourced after setup.sh.
cat >"$T/dns.py" <<'P' # PORT: answers every question with an address, for five minutes; PORT NAME: asks, and tells what came
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 2:
    name = b''.join(bytes([len(part)]) + part.encode() for part in sys.argv[2].split('.'))
    s.settimeout(3)
    try:
        s.connect(('127.0.0.1', int(sys.argv[1])))
        s.send(b'\0\7\1\0\0\1\0\0\0\0\0\0' + name + b'\0\0\1\0\1')
        print({0: 'resolved', 3: 'blocked'}.get(s.recv(2000)[3] & 15, 'failed'))
    except OSError:
        print('no answer')
else:
    s.bind(('127.0.0.1', int(sys.argv[1])))
    while True:
        question, peer = s.recvfrom(2000)
        end = question.index(0, 12) + 5
        s.sendto(question[:2] + b'\x85\x80\0\1\0\1\0\0\0\0' + question[12:end]
                 + b'\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1', peer)
P

# start_upstream: where every name has an address; its port in $upstream.
start_upstream() {
  upstream=$(free_port)
  background python3 "$T/dns.py" "$upstream"
  until_true answers "$upstream" any.example
}
answers() { [ "$(python3 "$T/dns.py" "$@")" != 'no answer' ]; }

# asked PORT NAME: resolved, blocked, failed or no answer.
asked() { python3 "$T/dns.py" "$@"; }

# policy FOLDER NAME...: a file rpz.zone there that blocks these names.
policy() {
  mkdir -p "$1"
  printf '%s\n' '$TTL 300' '@ SOA localhost. root.localhost. 1 300 60 86400 60' '@ NS localhost.' "${@:2}" |
    sed '4,$s/$/ CNAME ./' >"$1/rpz.zone"
}

# use FOLDER: the link `current` leads there.
use() { ln -s "$1" new && mv -T new current; }
