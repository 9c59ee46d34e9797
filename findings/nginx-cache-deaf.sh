#!/bin/bash
# nginx as a cache: requests that want a fresh answer. Seen with nginx 1.22.1 (Debian 12).
#
# Guess: `Cache-Control: no-cache` (or Pragma, or max-age=0) makes every HTTP cache ask its origin, as RFC 9111 has it;
#   and an answer out of a cache carries Age.
# Behaviour: with `proxy_cache_valid` nginx answers from its cache whatever the request says, and sends no Age. The
#   client can neither get at the origin nor see that the answer is old; only another address (a query, where it is part
#   of the key) or the operator's `proxy_cache_bypass $http_cache_control` helps. A conditional request is answered from
#   the old copy.
# Output: the old content four times, no Age; the origin was asked once.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11

mkdir www
origin=$(free_port) cache=$(free_port)
start_nginx "proxy_cache_path $T/nginx/cache keys_zone=zone:1m;
  server { listen 127.0.0.1:$origin; root $T/www; access_log $T/origin.log; }
  server {
    listen 127.0.0.1:$cache;
    location / { proxy_pass http://127.0.0.1:$origin; proxy_cache zone; proxy_cache_valid 200 10m; }
  }"
get() { curl -s -D head "$@" "http://127.0.0.1:$cache/index.txt"; }
echo old >www/index.txt
seen 'first' old "$(get)"
etag=$(sed -n 's/^ETag: //p' head | tr -d '\r')
echo newer >www/index.txt
for wish in 'Cache-Control: no-cache' 'Cache-Control: max-age=0' 'Pragma: no-cache'; do seen "$wish" old "$(get -H "$wish")"; done
seen 'Age' 0 "$(grep -ci '^age:' head)"
seen 'If-None-Match' '304 Not Modified' "$(get -H "If-None-Match: $etag" >body; sed -n '1s/^HTTP[^ ]* //p' head | tr -d '\r')"
seen 'requests that came to the origin' 1 "$(wc -l <origin.log)"
the_end
