#!/bin/bash
# Apache Traffic Server as a cache: an index that a client wants to have new. Seen with trafficserver 9.2.5, nginx 1.22.1
# (Debian 12).
#
# Guess: with `Cache-Control: no-cache` or `max-age=0` the server is asked, as squid does; when that is away, there is an error, since
#   what the cache has is too old.
# Behaviour: what clients say is ignored by default (ignore_client_no_cache, ignore_client_cc_max_age): while the index counts as
#   fresh it comes from the cache, whatever the request has. When its time is over and the server is away, the old one is answered,
#   200, with a Warning, for up to a week (max_stale_age). With both settings 0 the server is asked, 502 while it is away. Without
#   max-age or Expires of the server nothing is kept, which hides all of this.
# Output: the old index to no-cache, no-store and max-age=0, one request at the server; the old one, 200, without a server; with
#   the settings the new one, and 502.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian trafficserver 9.2.5+ds-0+deb12u4
debian nginx 1.22.1-9+deb12u11
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:${root:-}/lib/$(uname -m)-linux-gnu:${root:-}/usr/lib/trafficserver

mkdir www ats ats/cache ats/log ats/run
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=65534 --regid=65534 --clear-groups env "LD_LIBRARY_PATH=$LD_LIBRARY_PATH")
start_web() {
  start_nginx "log_format asked '\$uri'; server { listen 127.0.0.1:$1; root $T/www; access_log $T/asked asked;
    location /kept/ { alias $T/www/; add_header Cache-Control max-age=600; }
    location /short/ { alias $T/www/; add_header Cache-Control max-age=2; } }"
  web=${started[-1]}
}
start_cache() { # LINE...: with these lines in records.config; its port in $cache
  rm -rf ats/cache/* ats/etc
  cp -r "${root:-}/etc/trafficserver" ats/etc
  cache=$(free_port)
  echo "map / http://127.0.0.1:$origin/" >ats/etc/remap.config
  echo "$T/ats/cache 64M" >ats/etc/storage.config
  printf 'CONFIG proxy.config.%s\n' "http.server_ports STRING $cache:ip-in=127.0.0.1" "admin.user_id STRING #-1" "$@" \
    "body_factory.template_sets_dir STRING $T/ats/etc/body_factory" >>ats/etc/records.config
  printf '%s\n' "prefix: $T/ats" "exec_prefix: $T/ats" "bindir: ${root:-}/usr/bin" "sbindir: ${root:-}/usr/sbin" \
    "sysconfdir: $T/ats/etc" "datadir: $T/ats/cache" "includedir: $T/ats" "libdir: ${root:-}/usr/lib/trafficserver" \
    "libexecdir: ${root:-}/usr/lib/trafficserver/modules" "localstatedir: $T/ats/run" "runtimedir: $T/ats/run" \
    "logdir: $T/ats/log" "cachedir: $T/ats/cache" >ats/runroot.yaml
  [ "${#as[@]}" = 0 ] || chown -R 65534:65534 ats
  background "${as[@]}" traffic_server --run-root="$T/ats/runroot.yaml" >ats.log 2>&1
  server=${started[-1]}
  until_true listens "$cache"
  until_true curl -sf -o got "http://127.0.0.1:$cache/index"
}
get() { # PATH [OPTION...]: status and content
  curl -s -m 20 -D head -o got -w '%{http_code} ' "${@:2}" "http://127.0.0.1:$cache$1"
  grep -x '[a-z]*' got
}
publish() { echo "$1" >www/index; }
origin=$(free_port)
publish first
start_web "$origin"
start_cache
: >asked
seen 'at first' '200 first' "$(get /kept/index)"
publish second
for word in no-cache no-store max-age=0; do seen "a new index, $word" '200 first' "$(get /kept/index -H "Cache-Control: $word")"; done
seen 'requests at the server' 1 "$(wc -l <asked)"
seen 'two seconds of life' '200 second' "$(get /short/index)"
kill "$web" && wait "$web" 2>/dev/null
sleep 4
seen 'these are over, the server is away' '200 second' "$(get /short/index)"
seen 'with no-cache' '200 second' "$(get /short/index -H 'Cache-Control: no-cache')"
seen 'its warning' 'Warning: 111' "$(grep -io 'warning: [0-9]*' head)"
kill "$server" && wait "$server" 2>/dev/null
publish third
start_web "$origin"
start_cache 'http.cache.ignore_client_no_cache INT 0' 'http.cache.ignore_client_cc_max_age INT 0'
seen 'with both settings: at first' '200 third' "$(get /kept/index)"
publish fourth
seen 'no-cache' '200 fourth' "$(get /kept/index -H 'Cache-Control: no-cache')"
publish fifth
sleep 2
seen 'max-age=0' '200 fifth' "$(get /kept/index -H 'Cache-Control: max-age=0')"
kill "$web" && wait "$web" 2>/dev/null
seen 'no-cache while the server is away' '502 ' "$(get /kept/index -H 'Cache-Control: no-cache')"
the_end
