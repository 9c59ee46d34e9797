#!/bin/bash
# rspamd: a map over HTTP after one answer that failed. Seen with rspamd 3.4 (Debian 12).
#
# Guess: the list of before stays, and the address is asked again after `map_watch_interval`, or sooner.
# Behaviour: the list stays, but after any failure - a 404 or 503 of one moment, a server that is started anew, a list that
#   is empty - the next question comes after 20 to 40 times the interval only: with the 5 minutes of the package that is
#   more than an hour and a half without updates for one bad moment. Starting rspamd anew asks at once.
# Output: with an interval of one second there are at most 7 s between two questions while all is well, and 20 s or more
#   after one 404.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/rspamd.sh"

mkdir www
echo example.com >www/list
cat >www.py <<'P' # PORT FOLDER: serves it, writes down when it is asked; 404 for the one question after `fail` is there
import http.server, os, sys, time
class Page(http.server.SimpleHTTPRequestHandler):
    def send_head(self):
        failed = os.path.exists('../fail')
        print(int(time.time()), 'failed' if failed else 'answered', flush=True)
        if failed:
            os.remove('../fail')
            self.send_error(404)
        else:
            return super().send_head()
    def log_message(self, *_): pass
os.chdir(sys.argv[2])
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Page).serve_forever()
P
web=$(free_port)
background python3 www.py "$web" www >asked
until_true listens "$web"
map_interval=1s
start_rspamd "worker \"controller\" { bind_socket = \"127.0.0.1:$(free_port)\"; count = 1; }" \
  "multimap { WEB { type = \"from\"; filter = \"email:domain\"; map = \"http://127.0.0.1:$web/list\"; symbol = \"WEB\";" \
  'score = 1; } }'
sleep 12
touch fail
until_true grep -q failed asked
failed=$(sed -n 's/ failed//p' asked)
printf 'From: a@example.com\nSubject: text\n\ntext\n' >mail
pauses() { awk '/answered/ { if (last && $1 > last + 1) print $1 - last; last = $1 }' "$1" | sort -n | tail -n 1; }
sed '/failed/,$d' asked >before
longest=$(pauses before)
seen 'while all is well, pauses of 7 s at the most' yes "$([ "$longest" -le 7 ] && echo yes || echo "no: $longest")"
sleep 19
seen 'asked again within 19 s of a 404' no "$(sed '1,/failed/d' asked | grep -q . && echo yes || echo no)"
seen 'the list of before' 'no action WEB (1.00)' "$(verdict mail WEB | paste -sd' ')"
later() { sed '1,/failed/d' asked | grep answered; }
until_true later
seen 'asked again, 20 to 41 s later' yes "$(again=$(later | head -n 1)
  pause=$((${again%% *} - failed))
  [ "$pause" -ge 20 ] && [ "$pause" -le 41 ] && echo yes || echo "$pause")"
the_end
