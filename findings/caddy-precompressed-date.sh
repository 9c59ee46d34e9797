#!/bin/bash
# Caddy: a file that has a packed one beside it (`precompressed`). Seen with caddy 2.6.2 and, for comparison, nginx 1.22.1
# (Debian 12).
#
# Guess: the packed file goes out with its own date, as by nginx' gzip_static.
# Behaviour: it goes out with the date of the plain one. A list is replaced first and packed a moment later, or packed elsewhere
#   and brought after it: who asks in between has the old content under the new date, and is answered 304 from then on when he
#   goes by the date (`curl --compressed -z`). ETag is that of the packed file, so that clients that go by it get the new one.
# Output: old content with the date of the new file; 304 after the packed file has come, with the date; 200 and new with the ETag.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian caddy 2.6.2-5
debian nginx 1.22.1-9+deb12u11

mkdir www
caddy=$(free_port)
cat >Caddyfile <<C
{
  admin off
  auto_https off
}
http://127.0.0.1:$caddy {
  root * $T/www
  file_server {
    precompressed gzip
  }
}
C
HOME=$T XDG_DATA_HOME=$T XDG_CONFIG_HOME=$T background caddy run --config Caddyfile >caddy.log 2>&1
until_true listens "$caddy"
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; gzip_static on; }"
publish() { # CONTENT DAY: the plain list of that day
  echo "$1" >www/new
  touch -d "2026-01-0$2" www/new
  mv www/new www/list.txt
}
pack() { gzip -kf www/list.txt; }
get() { # PORT [OPTION...]: the code, and what came
  : >body
  curl -s --compressed -D head -o body -w '%{http_code} ' "${@:2}" "http://127.0.0.1:$1/list.txt"
  cat body
}
header() { sed -n "s/^$1: //Ip" head | tr -d '\r'; }
publish old 1
pack
for server in "$caddy" "$port"; do
  seen 'at first' '200 old, Thu, 01 Jan 2026 00:00:00 GMT' "$(get "$server"), $(header last-modified)"
done
publish new 2
seen 'replaced, not yet packed: nginx' '200 old, Thu, 01 Jan 2026 00:00:00 GMT' "$(get "$port"), $(header last-modified)"
seen 'Caddy' '200 old, Fri, 02 Jan 2026 00:00:00 GMT' "$(get "$caddy"), $(header last-modified)"
date=$(header last-modified) etag=$(header etag)
keep() { curl -sf --compressed -R -z copy -o copy "http://127.0.0.1:$caddy/list.txt"; echo "$? $(cat copy)"; }
seen 'curl -z' '0 old' "$(keep 2>/dev/null)"
pack
seen 'packed, curl -z' '0 old' "$(keep)"
seen 'the date' '304 ' "$(get "$caddy" -H "If-Modified-Since: $date")"
seen 'the ETag' '200 new' "$(get "$caddy" -H "If-None-Match: $etag")"
seen 'nginx, with its date' '200 new' "$(get "$port" -H "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT")"
seen 'Caddy, without a condition' '200 new' "$(get "$caddy")"
the_end
