#!/bin/bash
# freshclam: a third-party address that answers 403 or 429. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: the cool-down is for the host that asked for it: a day (403) or as long as Retry-After says (429).
# Behaviour: it is one note for everything, in freshclam.dat: a DatabaseCustomURL that answers 403 keeps freshclam from
#   the OFFICIAL mirrors for a day, with status 0 ("You are still on cool-down until after"), while the address that
#   answered 403 is itself asked again in the next run. One expired key of one provider freezes main, daily and
#   bytecode.
# Output: 0 requests at the official mirror, status 0; one more at the provider.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

cat >server.py <<'P'
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        open(sys.argv[3], 'a').write(self.path + '\n')
        self.send_response(int(sys.argv[2])); self.send_header('Content-Length', '0'); self.end_headers()
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()
P
mkdir db && : >official && : >provider
official=$(free_port) provider=$(free_port)
background python3 server.py "$official" 404 official
background python3 server.py "$provider" 403 provider
until_true listens "$official"
until_true listens "$provider"
freshclam_conf "PrivateMirror http://127.0.0.1:$official" 'MaxAttempts 1' \
  "DatabaseCustomURL http://127.0.0.1:$provider/list.hdb"
run() {
  run_freshclam "$@"
  echo "status $?, official asked $(wc -l <official), provider asked $(wc -l <provider)"
}
seen 'official only, to begin with' 'status 11, official asked 2, provider asked 0' "$(run --update-db=daily)"
seen 'the provider answers 403' 'status 17, official asked 2, provider asked 1' "$(run --update-db=custom)"
seen 'official, afterwards' 'status 0, official asked 2, provider asked 1' "$(run --update-db=daily)"
seen 'how long' 1 "$(grep -c "You are still on cool-down until after: $(date -d tomorrow +%F)" out)"
seen 'the provider, afterwards' 'status 17, official asked 2, provider asked 2' "$(run --update-db=custom)"
the_end
