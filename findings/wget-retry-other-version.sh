#!/bin/bash
# wget: a download that breaks off while the file is replaced on the server, within one run. Seen with wget 1.21.3 (Debian 12).
#
# Guess: what one command without -c brings with status 0 is one version of the file: it either begins anew, as curl --retry does,
#   or compares the ETag or Last-Modified that both answers have.
# Behaviour: by default wget tries 20 times, and each try goes on where the last one broke off, with Range alone: no If-Range,
#   and nothing of the second answer is compared with the first. The file is the first half of one version and the second half
#   of another, with the right size and status 0, with -O as with -N, which gives it the time of the older one (the next -N
#   fetches it anew). With --tries=1 the status is 4.
# Output: A+B, 200000 bytes, status 0, twice; status 4 and a part; curl: B only.
. "$(dirname "$0")/lib/setup.sh"
debian wget 1.21.3-1+deb12u1
debian curl 7.88.1-10+deb12u14

cat >server.py <<'P' # PORT: the first answer to an address is half of version A, all others are version B
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    known = set()
    def do_GET(self):
        first = self.path not in Page.known
        Page.known.add(self.path)
        body = (b'A' if first else b'B') * 200000
        begin = self.headers['Range'] and int(self.headers['Range'][6:].split('-')[0])
        print('Range' if begin else 'whole', 'If-Range' if self.headers['If-Range'] else '', flush=True)
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header('Content-Range', 'bytes %d-199999/200000' % begin)
        self.send_header('Content-Length', str(200000 - (begin or 0)))
        self.send_header('ETag', '"A"' if first else '"B"')
        self.send_header('Last-Modified', 'Thu, %d Nov 2026 10:00:00 GMT' % (5 if first else 12))
        self.end_headers()
        self.wfile.write(body[begin or 0:100000 if first else None])
        self.close_connection = True
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()
P
port=$(free_port)
background python3 server.py "$port" >asked
until_true listens "$port"
made_of() { # FILE: the versions in it, and its size
  echo "$(for letter in A B; do grep -q $letter "$1" && echo $letter; done | paste -sd+) $(stat -c %s "$1")"
}
address=http://127.0.0.1:$port
timeout 30 wget -q -O list "$address/1"
seen 'wget -O: status, versions, size' '0 A+B 200000' "$? $(made_of list)"
seen 'what it asked for' 'whole,Range' "$(tr -d ' ' <asked | paste -sd,)"
timeout 30 wget -q -N "$address/2"
seen 'wget -N: status, versions, size' '0 A+B 200000' "$? $(made_of 2)"
seen 'its time' '2026-11-05' "$(date -r 2 +%F)"
timeout 30 wget -q --tries=1 -O list "$address/3"
seen 'wget --tries=1: status, versions, size' '4 A 100000' "$? $(made_of list)"
curl -s --retry 2 --retry-all-errors --retry-delay 1 -o list "$address/4"
seen 'curl --retry: status, versions, size' '0 B 200000' "$? $(made_of list)"
the_end
