#!/bin/bash
# wget2: a download that breaks off. Seen with wget2 1.99.1 and wget 1.21.3 (Debian 12).
#
# Guess: it tries again, as wget does, and ends with an error when less came than Content-Length promised.
# Behaviour: it neither tries again nor says a word: half a file under its name, status 0, whatever --tries says. Where the length
#   is not told (chunked) the missing end is no error either. wget ends with 4 and curl with 18 in the same place.
# Output: status 0 and 100000 of 200000 bytes with Content-Length, with -N and chunked; one request each; 4 and 18.
. "$(dirname "$0")/lib/setup.sh"
debian wget2 1.99.1-2.2
debian wget 1.21.3-1+deb12u1
debian curl 7.88.1-10+deb12u14
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:${root:-}/usr/lib HOME=$T
wget2 --version >out 2>&1 || absent "wget2: $(cat out)"

cat >server.py <<'P' # PORT: half of each file
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        print(self.path, flush=True)
        self.send_response(200)
        self.send_header('Last-Modified', 'Thu, 05 Nov 2026 10:00:00 GMT')
        if self.path == '/chunked':
            self.send_header('Transfer-Encoding', 'chunked')
        else:
            self.send_header('Content-Length', '200000')
        self.end_headers()
        half = b'A' * 100000
        self.wfile.write(b'%x\r\n%s\r\n' % (len(half), half) if self.path == '/chunked' else half)
        self.close_connection = True
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()
P
port=$(free_port)
background python3 server.py "$port" >asked
until_true listens "$port"
address=http://127.0.0.1:$port
came() { # FILE COMMAND...: status, size, requests
  local before
  before=$(wc -l <asked)
  timeout 30 "${@:2}" >out 2>&1
  echo "$? $(stat -c %s "$1") $(($(wc -l <asked) - before))"
}
seen 'wget2 -O: status, bytes, requests' '0 100000 1' "$(came list wget2 -q --tries=3 -O list "$address/length")"
seen 'wget2 -N' '0 100000 1' "$(came length wget2 -q --tries=3 -N "$address/length")"
seen 'wget2 -O, chunked' '0 100000 1' "$(came list wget2 -q --tries=3 -O list "$address/chunked")"
seen 'wget --tries=1' '4 100000 1' "$(came list wget -q --tries=1 -O list "$address/length")"
seen 'curl' '18 100000 1' "$(came list curl -s -o list "$address/length")"
the_end
