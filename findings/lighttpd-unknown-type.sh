#!/bin/bash
# lighttpd: files whose ending it has no media type for. Seen with lighttpd 1.4.69 (Debian 12).
#
# Guess: every static file has an ETag and a Last-Modified, whatever its type.
# Behaviour: a file whose ending is not in mimetype.assign - definitions mostly, .cvd, .cdiff, .sign, .grd, .flg - is served
#   as application/octet-stream with neither of them. So no client can ask whether it changed: each question is answered
#   with the whole file, to If-Modified-Since as well.
# Output: both headers and 304 for daily.zip, none of them and 200 for daily.cvd beside it; both again once "" has a type.
. "$(dirname "$0")/lib/setup.sh"
debian lighttpd 1.4.69-1
mkdir www && echo data | tee www/daily.zip >www/daily.cvd
modules=$(ls -d "${root:-}"/usr/lib/lighttpd "${root:-}"/usr/lib/*/lighttpd 2>/dev/null | head -n 1)
serve_with() { # TYPES
  port=$(free_port)
  printf '%s\n' "server.document-root = \"$T/www\"" 'server.bind = "127.0.0.1"' "server.port = $port" \
    'server.modules = ("mod_staticfile")' "mimetype.assign = ( $1 )" >lighttpd.conf
  background lighttpd -D -f lighttpd.conf -m "$modules" 2>/dev/null
  until_true listens "$port"
}
validators() { curl -sI "http://127.0.0.1:$port/$1" | tr -d '\r' | grep -ciE '^(etag|last-modified):'; }
later() { curl -s -o /dev/null -w '%{http_code}' -H "If-Modified-Since: $(date -u -d '1 hour' '+%a, %d %b %Y %T GMT')" "http://127.0.0.1:$port/$1"; }
serve_with '".zip" => "application/zip"'
seen 'validators of a known type' 2 "$(validators daily.zip)"
seen 'a conditional request for it' 304 "$(later daily.zip)"
seen 'validators of an unknown type' 0 "$(validators daily.cvd)"
seen 'a conditional request for it' 200 "$(later daily.cvd)"
serve_with '".zip" => "application/zip", "" => "application/octet-stream"'
seen 'validators of it once every ending has a type' 2 "$(validators daily.cvd)"
the_end
