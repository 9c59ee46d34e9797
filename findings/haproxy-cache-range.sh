#!/bin/bash
# haproxy with a `cache` and a download that is resumed. Seen with haproxy 2.6.12, nginx 1.22.1, curl 7.88.1 (Debian 12).
#
# Guess: a Range is answered with that part out of the cache, or goes on to the server, which can.
# Behaviour: as long as a file is in the cache a Range is passed over: 200 and the whole, with the server's own
#   `Accept-Ranges: bytes` beside it. Before it is there, or with `no-cache`, the same request is a 206. `curl -C -` ends with 33
#   and fetches nothing, so that a download that broke off is not resumed for as long as others ask for the file.
# Output: 206 before the file is in the cache, 200 and all bytes while it is, 206 with no-cache; curl ends with 33, the half stays.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian curl 7.88.1-10+deb12u15
debian nginx 1.22.1-9+deb12u11
debian haproxy 2.6.12-1+deb12u4

mkdir www
head -c 100000 /dev/urandom >www/daily.cvd
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; access_log $T/asked; }"
origin=$port
port=$(free_port)
printf '%s\n' 'defaults' '  mode http' '  timeout connect 5s' '  timeout client 20s' '  timeout server 20s' 'cache files' \
  '  total-max-size 64' '  max-object-size 1000000' '  max-age 300' 'frontend mirror' "  bind 127.0.0.1:$port" \
  '  http-request cache-use files' '  http-response cache-store files' '  default_backend origin' 'backend origin' \
  "  server origin 127.0.0.1:$origin" >haproxy.cfg
background haproxy -db -f haproxy.cfg >haproxy.log 2>&1
until_true listens "$port"
get() { curl -s -o got -D head -w '%{http_code} %{size_download}' "$@" "http://127.0.0.1:$port/daily.cvd"; }
rest() { get -r 50000- "$@"; }
header() { sed -n "s/^$1: //Ip" head | tr -d '\r'; }
seen 'the second half, before anybody asked for the whole' '206 50000' "$(rest)"
seen 'the whole' '200 100000' "$(get)"
seen 'the second half' '200 100000' "$(rest)"
seen 'what it says of ranges' bytes "$(header accept-ranges)"
etag=$(header etag)
seen 'with If-Range' '200 100000' "$(rest -H "If-Range: $etag")"
seen 'with no-cache' '206 50000' "$(rest -H 'Cache-Control: no-cache')"
head -c 50000 www/daily.cvd >half
curl -s -C - -o half "http://127.0.0.1:$port/daily.cvd"
seen 'curl -C -, and the file' '33 50000' "$? $(stat -c %s half)"
curl -s -C - -H 'Cache-Control: no-cache' -o half "http://127.0.0.1:$port/daily.cvd"
seen 'the same with no-cache' '0 same' "$? $(cmp -s half www/daily.cvd && echo same)"
seen 'requests that came to the server' '206 200 206 206' "$(cut -d' ' -f9 asked | paste -sd' ')"
the_end
