#!/bin/bash
# check_http -M, the age of a document, behind a cache. Seen with monitoring-plugins 2.3.3, squid 5.7, nginx 1.22.1 (Debian 12).
#
# Guess: the age is counted to the present, so that a list that is too old is told of, wherever it comes from.
# Behaviour: it is counted to the Date of the answer, which a cache keeps as it was when the answer came, and Age, which says how
#   long ago that was, is passed over. What lies in a cache is as young on the last day as on the first: the check stays OK, also
#   while the server behind the cache is away. With `-k 'Cache-Control: no-cache'` the answer is a new one.
# Output: after eight seconds a document of eight seconds and more is older than six at the server, and not in the cache.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian monitoring-plugins-basic 2.3.3-5+deb12u2
debian nginx 1.22.1-9+deb12u11
debian squid 5.7-2+deb12u6
plugin=$root/usr/lib/nagios/plugins/check_http

mkdir www run && chmod 777 run
cache=$(free_port)
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; add_header Cache-Control max-age=600; }"
origin=$port
printf '%s\n' "http_port 127.0.0.1:$cache accel defaultsite=example no-vhost" "pid_filename $T/run/pid" "cache_log $T/run/log" \
  'access_log none' "coredump_dir $T/run" 'pinger_enable off' 'shutdown_lifetime 1 seconds' 'http_access allow localhost' \
  "cache_peer 127.0.0.1 parent $origin 0 no-query originserver" >squid.conf
background squid -N -f "$T/squid.conf" >/dev/null 2>&1
until_true listens "$cache"
check() { # PORT [OPTION...]: at most six seconds old?
  "$plugin" -I 127.0.0.1 -p "$1" -u /index.txt -M 6 "${@:2}" |
    sed 's/^HTTP \([A-Z]*\):.*Last modified.*/\1, old/; s/^HTTP \([A-Z]*\):.*/\1/'
}
echo list >www/index.txt
seen 'at the server' OK "$(check "$origin")"
seen 'through the cache' OK "$(check "$cache")"
sleep 8
seen 'eight seconds later, at the server' 'CRITICAL, old' "$(check "$origin")"
seen 'through the cache' OK "$(check "$cache")"
age=$(curl -sI "http://127.0.0.1:$cache/index.txt" | sed -n 's/^Age: //p' | tr -d '\r')
seen 'its Age' 'more than six' "$([ "${age:-0}" -gt 6 ] && echo 'more than six' || echo "$age")"
kill "${started[0]}" && wait "${started[0]}" 2>/dev/null
seen 'with the server away' OK "$(check "$cache")"
start_nginx "server { listen 127.0.0.1:$origin; root $T/www; }"
seen 'with no-cache' 'CRITICAL, old' "$(check "$cache" -k 'Cache-Control: no-cache')"
the_end
