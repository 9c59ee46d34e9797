#!/bin/bash
# Prometheus: an alert, and one scrape that fails. Seen with prometheus 2.42.0 (Debian 12).
#
# Guess: a value counts for five minutes (`query.lookback-delta`), so that an answer which is missing once changes nothing.
# Behaviour: that is so where a series is missing without more ado. A scrape that fails, be it a time-out, a 503 or a start of the
#   machine, marks all series of its target as ended: the alert ends at that moment, and with the next answer its `for` begins
#   anew. An alert with `for: 15m` on a host of which one scrape in ten minutes fails never fires; one that fires ends and
#   fires again after another `for`. `last_over_time(NAME[5m])` passes over the mark.
# Output: after one scrape of 503 the plain alert waits anew, the one with last_over_time goes on to fire; with a scrape that
#   fails every few seconds the plain one never fires.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/prometheus.sh"

cat >target.py <<'P' # answers 503 once for each file `fail` that it finds
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            os.remove('fail')
            self.send_error(503)
        except FileNotFoundError:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'defs_last_attempt_success 0\n')
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
P
target=$(free_port)
background python3 target.py "$target"
until_true listens "$target"
cat >prometheus.yml <<C
global: { evaluation_interval: 1s, scrape_interval: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: defs, static_configs: [{ targets: ['127.0.0.1:$target'] }] }]
C
cat >rules.yml <<'C'
groups:
  - name: defs
    rules:
      - { alert: Plain, expr: defs_last_attempt_success == 0, for: 6s }
      - { alert: Over, expr: 'last_over_time(defs_last_attempt_success[5m]) == 0', for: 6s }
C
fails() { touch fail; until_true test ! -e fail; }
start_prometheus prometheus.yml
until_true alerts_are 'Over firing Plain firing'
fails
until_true alerts_are 'Over firing Plain pending'
seen 'after one scrape that failed' 'Over firing Plain pending' "$(alerts)"
until_true alerts_are 'Over firing Plain firing'
seen 'once it has waited anew' 'Over firing Plain firing' "$(alerts)"
for _ in 1 2 3 4; do
  fails
  sleep 3
  alerts
done >states
seen 'while one scrape in four fails' 'Over firing Plain pending' "$(sort -u states)"
the_end
