#!/bin/bash
# nginx as a cache that fetches in slices (`slice`): a file that was replaced. Seen with nginx 1.22.1 (Debian 12).
#
# Guess: a slice that is of another version than those in the cache makes nginx throw these away and fetch the file anew;
#   where the origin sends no ETag, Last-Modified and the whole length in Content-Range tell the versions apart.
# Behaviour: ETag alone is compared, and nothing is thrown away. With an ETag each answer is a 200 that is cut off where the
#   slices of the old version end, every time, until the last of them runs out. Without one the answer is complete: the old
#   version as far as there are slices of it, the new one from there on, status 200, with the Last-Modified and the length of the
#   old one, also where the new one is longer; where it is shorter the answer is cut off.
#   It begins with anybody who has fetched a part of the old file: a Range, a download that broke off.
# Output: 1 MiB of the old version and an error, twice; 1 MiB of the old and the rest of the new version.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11

mkdir www
origin=$(free_port) cache=$(free_port)
start_nginx "proxy_cache_path $T/nginx/cache keys_zone=zone:1m; proxy_http_version 1.1;
  proxy_cache zone; proxy_cache_valid 206 10m; proxy_set_header Range \$slice_range;
  server { listen 127.0.0.1:$origin; root $T/www; location /plain/ { alias $T/www/; etag off; } }
  server {
    listen 127.0.0.1:$cache;
    slice 1m; proxy_cache_key \$uri\$slice_range;
    location / { proxy_pass http://127.0.0.1:$origin; }
  }"
version() { # FILE LETTER MIB DAY: so many times the letter, of that day, put in place by a rename
  head -c "$(($3 << 20))" /dev/zero | tr '\0' "$2" >www/new
  touch -d "2026-01-0$4" www/new
  mv www/new "www/$1"
}
get() { # PATH [OPTION...]: curl's status, that of HTTP, and how many MiB of which letter came
  local path=$1 said
  said=$(curl -s -D head -o body -w '%{http_code}' "${@:2}" "http://127.0.0.1:$cache/$path")
  echo "$? $said $(fold -w 1048576 body | cut -c1 | sort | uniq -c | sed 's/^ *//; s/ //' | paste -sd+)"
}
first='-r 0-1048575'
for name in list plain/list plain/longer plain/shorter; do
  version "${name#plain/}" A 3 1
  seen "$name: the first MiB of the old version" '0 206 1A' "$(get "$name" $first)"
done
version list B 3 2
version longer B 5 2
version shorter B 2 2
seen 'ETag: the whole file' '18 200 1A' "$(get list)"
seen 'once more, for a fresh one' '18 200 1A' "$(get list -H 'Cache-Control: no-cache')"
seen 'no ETag: the whole file' '0 200 1A+2B' "$(get plain/list)"
seen 'its Last-Modified' 'Thu, 01 Jan 2026 00:00:00 GMT' "$(sed -n 's/^Last-Modified: \(.*\)\r$/\1/p' head)"
seen 'a new version that is longer' '0 200 1A+2B' "$(get plain/longer)"
seen 'a new version that is shorter' '18 200 1A+1B' "$(get plain/shorter)"
seen 'a file that nobody had fetched before' '0 200 3B' "$(cp -p www/list www/other && get other)"
the_end
