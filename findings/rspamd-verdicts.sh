#!/bin/bash
# rspamd's antivirus module with Redis, and what it remembers. Seen with rspamd 3.4, redis-server 7.0.15, clamav-daemon
# 1.4.6 (Debian 12).
#
# Guess: verdicts are cached for a short time, or under a key that the version of the definitions is part of.
# Behaviour: as soon as rspamd has a Redis, the verdict on each attachment is kept for an hour under a digest of the
#   attachment alone. What was clean stays clean after a reload with a list that has it; what was found stays found after
#   that list was taken out again. rspamd's own reload (HUP) forgets nothing.
# Output: clamd finds it and rspamd passes it, also after HUP; with the keys deleted it is rejected, and stays so when clamd
#   finds nothing any more. The key lives for an hour.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
debian redis-server 5:7.0.15-1~deb12u10
. "$here/lib/rspamd.sh"

mkdir db
printf 'hello definition' >sample
echo 'Other:0:*:0102030405060708' >db/other.ndb
printf '%s\n' 'From: a@a.example' 'Subject: text' 'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.bin' \
  'Content-Disposition: attachment; filename=a.bin' 'Content-Transfer-Encoding: base64' '' "$(base64 sample)" >mail
redis=$(free_port)
background redis-server --port "$redis" --bind 127.0.0.1 --save '' --dir "$T" >/dev/null 2>&1
until_true listens "$redis"
start_clamd 'SelfCheck 0'
start_rspamd "redis { servers = \"127.0.0.1:$redis\"; }" \
  "antivirus { clam { type = \"clamav\"; servers = \"$T/socket\"; symbol = \"CLAM\"; action = \"reject\"; scan_mime_parts = true; } }"
scanned() { [ "$(scan sample)" = "$1" ]; }
reloaded() { # what clamd says of the sample afterwards
  clamdscan -c clamd.conf --reload
  until_true scanned "$1"
}
cached() { redis-cli -p "$redis" --scan --pattern 'rs_clam_*'; }
forget() { cached | xargs -r redis-cli -p "$redis" del >/dev/null; }

seen 'no list has it' 'no action' "$(verdict mail)"
left=$(redis-cli -p "$redis" ttl "$(cached)")
seen 'the key lives for an hour' yes "$([ "$left" -gt 3500 ] && [ "$left" -le 3600 ] && echo yes || echo "$left")"
echo "$(md5sum <sample | cut -d' ' -f1):16:Example" >db/example.hdb
reloaded 'Example.UNOFFICIAL FOUND'
seen 'clamd finds it' 'no action' "$(verdict mail)"
reload_rspamd
seen 'rspamd reloaded' 'no action' "$(verdict mail)"
forget
seen 'keys deleted' reject "$(verdict mail)"
rm db/example.hdb
reloaded OK
seen 'clamd does not find it any more' reject "$(verdict mail)"
forget
seen 'keys deleted again' 'no action' "$(verdict mail)"
the_end
