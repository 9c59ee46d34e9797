#!/bin/bash
# nginx, ngx_http_geoip2_module: `auto_reload`. Seen with libnginx-mod-http-geoip2 3.4 and nginx 1.22.1 (Debian 12).
#
# Guess: a database that was replaced is read within the interval.
# Behaviour: it is read when its time (mtime) is later than the start of nginx, or than the time of the one that was read last. A
#   file that brings an older time along, as from rsync -t or tar, is never read, nor is the one of before after a step
#   back; nothing is logged. After `nginx -s reload` it is. Nobody looks but when a request is logged, so the first
#   request after the interval is still answered from the old one, however long ago that was replaced.
# Output: two, of an hour ago, is never seen; three is at the second request; two again is not, until nginx is told to reload.
. "$(dirname "$0")/lib/setup.sh"
debian libnginx-mod-http-geoip2 1:3.4-3

cat >database.py <<'P' # TEXT: a database that has this for every address
import sys
def text(value): return bytes([0x40 | len(value)]) + value.encode()
def number(value, kind=b'\xa2', size=2): return kind + value.to_bytes(size, 'big')
def table(*pairs): return bytes([0xe0 | len(pairs)]) + b''.join(text(key) + value for key, value in pairs)
sys.stdout.buffer.write((17).to_bytes(3, 'big') * 2 + bytes(16) + table(('list', text(sys.argv[1]))) + b'\xab\xcd\xefMaxMind.com'
    + table(('node_count', number(1, b'\xc4', 4)), ('record_size', number(24)), ('ip_version', number(4)),
            ('database_type', text('example')), ('languages', b'\0\4'), ('binary_format_major_version', number(2)),
            ('binary_format_minor_version', number(0)), ('build_epoch', number(1767225600, b'\x08\2', 8)),
            ('description', table())))
P
publish() { # TEXT TIME: puts such a database in place, with this time
  python3 database.py "$1" >new
  touch -d "$2" new
  mv new list.mmdb
}
ask() { curl -s "http://127.0.0.1:$port/"; }

publish one now
port=$(free_port)
mkdir nginx
chmod 777 nginx
printf '%s\n' "load_module $root/usr/lib/nginx/modules/ngx_http_geoip2_module.so;" \
  "daemon off; pid $T/nginx/pid; error_log $T/nginx/error.log info; events {}" 'http {' 'access_log off;' \
  'client_body_temp_path nginx/1; proxy_temp_path nginx/2; fastcgi_temp_path nginx/3; uwsgi_temp_path nginx/4;' \
  'scgi_temp_path nginx/5;' "geoip2 $T/list.mmdb { auto_reload 1s; \$listed default=none list; }" \
  "server { listen 127.0.0.1:$port; location / { return 200 \"\$listed\\n\"; } } }" >nginx.conf
background nginx -p "$T" -c "$T/nginx.conf" 2>/dev/null
until_true listens "$port"
later() { # three answers, each well after the interval
  local try
  for try in 1 2 3; do
    sleep 2.5
    ask
  done | paste -sd' '
}

seen 'at first' one "$(ask)"
sleep 2
publish two '1 hour ago'
seen 'replaced by one of an hour ago' 'one one one' "$(later)"
publish three now
seen 'replaced by one of now' 'one three three' "$(later)"
publish two '1 hour ago'
seen 'back to the one of an hour ago' 'three three three' "$(later)"
seen 'what the log says of all that' '1 reload' "$(grep -c 'Reload MMDB' nginx/error.log) reload"
kill -HUP "$(cat nginx/pid)"
has_two() { [ "$(ask)" = two ]; }
until_true has_two
seen 'after nginx -s reload' two "$(ask)"
the_end
