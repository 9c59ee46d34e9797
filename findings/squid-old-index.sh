#!/bin/bash
# squid between a client and a server without Cache-Control. Seen with squid 5.7, nginx 1.22.1 (Debian 12).
#
# Guess: a file that the server sent with ETag and Last-Modified and without Cache-Control is revalidated; at least
#   If-None-Match and If-Modified-Since reach the server.
# Behaviour: with Debian's default (`refresh_pattern . 0 20% 4320`) an answer is fresh for a fifth of the file's age,
#   three days at most: the longer an index had not changed, the longer its change is hidden. Conditional requests are
#   answered 304 out of the cache. `no-cache` and `Pragma: no-cache` do reach the server, `must-revalidate` in a request
#   does not. An Age of a few seconds stands beside it, as if all were well. (`max-age=0` reaches it as well; but when
#   the server then answers 304 to the client's ETag, squid hands the client the whole body with 200.)
# Output: old, 304, 304, old, newer, 304 with no-cache and 200 with max-age=0.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian squid 5.7-2+deb12u6

mkdir www run && chmod 777 run
proxy=$(free_port)
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; access_log $T/origin.log; }"
origin=$port
printf '%s\n' "http_port 127.0.0.1:$proxy" "pid_filename $T/run/pid" "cache_log $T/run/log" "access_log none" \
  "coredump_dir $T/run" 'pinger_enable off' 'shutdown_lifetime 1 seconds' 'http_access allow localhost' \
  'refresh_pattern . 0 20% 4320' >squid.conf
background squid -N -f "$T/squid.conf" >/dev/null 2>&1
until_true listens "$proxy"
get() { # the first line of the body, or the status when it has none
  local status
  : >body
  status=$(curl -s -x "http://127.0.0.1:$proxy" -D head -o body -w '%{http_code}' "$@" "http://127.0.0.1:$origin/index.txt")
  [ "$status" = 200 ] && head -1 body || echo "$status"
}
echo old >www/index.txt
touch -d '10 days ago' www/index.txt
seen 'first' old "$(get)"
etag=$(sed -n 's/^ETag: //p' head | tr -d '\r') date=$(sed -n 's/^Last-Modified: //p' head | tr -d '\r')
echo newer >www/index.txt
seen 'after a new release' old "$(get)"
seen 'If-None-Match' 304 "$(get -H "If-None-Match: $etag")"
seen 'If-Modified-Since' 304 "$(get -H "If-Modified-Since: $date")"
seen 'must-revalidate' old "$(get -H 'Cache-Control: must-revalidate')"
seen 'requests that came to the server' 1 "$(wc -l <origin.log)"
seen 'no-cache' newer "$(get -H 'Cache-Control: no-cache')"
etag=$(sed -n 's/^ETag: //p' head | tr -d '\r')
seen 'unchanged, no-cache and If-None-Match' 304 "$(get -H 'Cache-Control: no-cache' -H "If-None-Match: $etag")"
: >origin.log
seen 'unchanged, max-age=0 and If-None-Match' newer "$(get -H 'Cache-Control: max-age=0' -H "If-None-Match: $etag")"
seen 'what the server had said' 304 "$(cut -d' ' -f9 origin.log)"
the_end
