#!/bin/bash
# varnish: a file that is larger than its storage. Seen with varnish 7.1.1 and nginx 1.22.1 (Debian 12).
#
# Guess: what does not fit is passed through, and only not kept.
# Behaviour: it is begun with 200 and the whole Content-Length, and cut off when the storage is full, each time anew: curl ends
#   with 18. A request for the rest begins at the server's first byte again and is cut off where the first was, so that a client
#   that resumes gets no further. Debian starts it with 256 MB. What is marked as not to be kept
#   (`set beresp.uncacheable = true;`) goes through.
# Output: status 18 twice, of the rest nothing; with the mark 0 and the whole file.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian varnish 7.1.1-2+deb12u1
gcc --version >/dev/null 2>&1 || absent 'varnish wants a C compiler'

mkdir www
head -c 5000000 /dev/urandom >www/set.zip
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
printf '%s\n' 'vcl 4.1;' "backend default { .host = \"127.0.0.1\"; .port = \"$port\"; }" >plain.vcl
{
  cat plain.vcl
  echo 'sub vcl_backend_response { if (bereq.url ~ "\.zip$") { set beresp.uncacheable = true; } }'
} >marked.vcl
start_varnish() { # NAME: with this configuration; its port in $port
  port=$(free_port)
  background varnishd -F -n "$T/$1" -a "127.0.0.1:$port" -f "$T/$1.vcl" -s malloc,1m >"$1.log" 2>&1
  until_true listens "$port"
}
get() { # OPTION...: what curl ends with, and what the server said
  rm -f got
  curl -s -o got -w '%{http_code}' "$@" "http://127.0.0.1:$port/set.zip" >code
  echo "$? $(cat code)"
}
start_varnish plain
seen 'first' '18 200' "$(get)"
size=$(stat -c %s got)
seen 'a part of it came' yes "$([ "$size" -gt 500000 ] && [ "$size" -lt 2000000 ] && echo yes || echo "$size bytes")"
seen 'second' '18 200' "$(get)"
seen 'the rest' '18 206' "$(get -r 2500000-)"
seen 'bytes of the rest' 0 "$([ -e got ] && stat -c %s got || echo 0)"
start_varnish marked
seen 'with the mark' '0 200' "$(get)"
seen 'the file' same "$(cmp -s got www/set.zip && echo same || echo differs)"
the_end
