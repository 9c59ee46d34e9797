#!/bin/bash
# collectd's curl_json and an address that answers 503 with JSON. Seen with collectd 5.12.0 (Debian 12).
#
# Guess: either the values of the answer are read at each interval, or there is a gap for as long as the status is 503.
# Behaviour: the values are taken, and the read counts as failed: each failure doubles the pause up to the next one, up to a day
#   (MaxReadInterval). Of a machine that was ill for hours nobody hears for hours more, whatever becomes of it. A text that begins with digits is a value: a date is its year, with a warning in the log. A file (`file://`)
#   has no status.
# Output: pauses of 2, 4 and 8 s with an interval of one, and nothing new for seconds after the status was 200 again; with an
#   interval of half a day a pause of one day; the year.
. "$(dirname "$0")/lib/setup.sh"
debian collectd-core 5.12.0-14
debian libyajl2 2.1.0-3+deb12u2
plugins=${root:-}/usr/lib/collectd
[ -e "$plugins/curl_json.so" ] || absent curl_json

echo '{"age":3600,"asOf":"2026-01-01T06:00:00.000Z","healthy":false}' >status.json
cat >server.py <<'P' # says what stands in $T/status, with the JSON
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open('status.json', 'rb').read()
        self.send_response(int(open('status').read()))
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
P
echo 503 >status
port=$(free_port)
background python3 server.py "$port"
until_true listens "$port"
conf() { # NAME INTERVAL
  mkdir "$1"
  cat <<C >"$1.conf"
Hostname example
FQDNLookup false
Interval $2
BaseDir "$T/$1"
TypesDB "${root:-}/usr/share/collectd/types.db"
PluginDir "$plugins"
LoadPlugin logfile
<Plugin logfile>
  File "$T/$1/log"
  LogLevel info
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "$T/$1/csv"
</Plugin>
LoadPlugin curl_json
<Plugin curl_json>
$(for address in "http://127.0.0.1:$port/" "file://$T/status.json"; do
    echo "<URL \"$address\">"
    echo "Instance \"${address%%:*}\""
    for key in age asOf healthy; do printf '%s\n' "<Key \"$key\">" 'Type "gauge"' '</Key>'; done
    echo '</URL>'
  done)
</Plugin>
C
  background collectd -f -P "$T/$1/pid" -C "$T/$1.conf" >"$1.out" 2>&1
}
pauses() { sed -n 's/.*Will suspend it for \([0-9]*\)[.0-9]* seconds.*/\1/p' "$1/log" 2>/dev/null | head -n "$2" | paste -sd' '; }
paused() { [ "$(pauses "$1" "$2" | wc -w)" = "$2" ]; }
value() { tail -qn 1 second/csv/example/curl_json-"$1"/gauge-"$2"-* 2>/dev/null | cut -d, -f2 | cut -d. -f1; }
conf second 1
until_true paused second 3
seen 'pauses after a failure' '2 4 8' "$(pauses second 3)"
seen 'values of the address, of the file' '3600 3600' "$(value http age) $(value file age)"
seen 'its date and its truth value' '2026 0' "$(value file asOf) $(value file healthy)"
sed 's/3600/60/' status.json >new && mv new status.json
echo 200 >status
sleep 4
seen 'the same, four seconds after it is well again' '3600 60' "$(value http age) $(value file age)"
well() { [ "$(value http age)" = 60 ]; }
until_true well
echo 503 >status
conf half-a-day 50000
until_true paused half-a-day 1
seen 'a pause with an interval of half a day' 86400 "$(pauses half-a-day 1)"
the_end
