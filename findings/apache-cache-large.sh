#!/bin/bash
# Apache as a cache (mod_cache_disk): a database that is larger than 1 MB. Seen with apache2 2.4.71 and nginx 1.22.1 (Debian 12).
#
# Guess: with `CacheEnable disk /` files of all sizes are kept, as what is large is what a cache is wanted for; and what it
#   answers is of one moment.
# Behaviour: a file of more than 1,000,000 bytes is never kept (CacheMaxFileSize), not a word in the log: each client fetches it
#   from the server again. Small files are, and without Cache-Control an answer counts for a tenth of the file's age, up to a
#   day: an old index, and beside it the new database. `no-cache` and `max-age=0` do reach the server.
# Output: the index comes from the cache and is the old one, the large file from the server and is the new one; with a larger
#   CacheMaxFileSize both are of the old release.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
debian apache2 2.4.71-1~deb12u1

mkdir www
release() { # TEXT BYTES
  echo "$1" >www/index.txt
  { echo "$1" && head -c "$2" /dev/zero; } >www/daily.cvd
}
release old 1500000
touch -d '10 days ago' www/*
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; access_log $T/asked; }"
origin=$port
modules=$root/usr/lib/apache2/modules
start_apache() { # NAME LINE...: with a cache of this name and these lines; its port in $port
  port=$(free_port)
  mkdir "$1" && chmod 777 "$1"
  printf '%s\n' "ServerRoot $T" 'ServerName example' "Listen 127.0.0.1:$port" "PidFile $T/$1.pid" "ErrorLog $T/$1.log" \
    "DefaultRuntimeDir $T/$1" 'User nobody' 'Group nogroup' >"$1.conf"
  for name in mpm_event authz_core proxy proxy_http cache cache_disk; do
    echo "LoadModule ${name}_module $modules/mod_$name.so" >>"$1.conf"
  done
  printf '%s\n' "CacheRoot $T/$1" 'CacheEnable disk /' "ProxyPass / http://127.0.0.1:$origin/" "${@:2}" >>"$1.conf"
  background apache2 -f "$T/$1.conf" -X 2>/dev/null
  until_true listens "$port"
}
get() { # PORT NAME: the first line of what comes
  curl -s -o got "http://127.0.0.1:$1/$2" "${@:3}"
  head -n 1 got
}
both() { echo "index $(get "$1" index.txt), database $(get "$1" daily.cvd)"; }
start_apache plain
plain=$port
start_apache larger 'CacheMaxFileSize 500000000'
larger=$port
seen 'at first' 'index old, database old' "$(both "$plain")"
seen 'at first, with a larger bound' 'index old, database old' "$(both "$larger")"
: >asked
seen 'again' 'index old, database old' "$(both "$plain")"
seen 'again, with a larger bound' 'index old, database old' "$(both "$larger")"
seen 'what the server was asked for' '/daily.cvd' "$(cut -d' ' -f7 asked | paste -sd' ')"
release new 1600000
seen 'after a new release' 'index old, database new' "$(both "$plain")"
seen 'with a larger bound' 'index old, database old' "$(both "$larger")"
seen 'with no-cache' new "$(get "$plain" index.txt -H 'Cache-Control: no-cache')"
seen 'the log' '' "$(grep -v 'notice\|AH00558' plain.log)"
the_end
