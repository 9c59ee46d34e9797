#!/bin/bash
# Apache: a file that is missing beside its signature. Seen with apache2 2.4.71 (Debian 12).
#
# Guess: 404 while a database is away for a moment, or was taken back, as everywhere.
# Behaviour: with `Options MultiViews`, which Debian's mods-available/userdir.conf sets for ~user/public_html, the name without
#   its last ending is looked for: daily.cvd that is missing is answered with daily.cvd.asc or daily.cvd.sig, the smallest of
#   them, 200. A client that stores it has a signature under the name of the database, status 0. The ETag that comes with it
#   has no second quotation mark (which is no ETag to HTTP) and changes with the folder, so that with every other file that is
#   put there the whole is sent again.
# Output: 404 without MultiViews, 200 and the text of the signature with it; one quotation mark; 304, then 200 for the same file.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian apache2 2.4.71-1~deb12u1

mkdir www
modules=$root/usr/lib/apache2/modules
views=$(free_port) none=$(free_port)
printf '%s\n' "ServerRoot $T" 'ServerName example' "PidFile $T/apache.pid" "ErrorLog $T/apache.log" "DocumentRoot $T/www" \
  'TypesConfig /dev/null' 'AddType application/pgp-signature .sig' 'AddType application/pgp-keys .asc' 'User nobody' \
  'Group nogroup' "Listen 127.0.0.1:$views" "Listen 127.0.0.1:$none" >apache.conf
for name in mpm_event authz_core mime negotiation; do echo "LoadModule ${name}_module $modules/mod_$name.so"; done >>apache.conf
printf '%s\n' "<Directory $T/www>" 'Require all granted' '</Directory>' "<VirtualHost 127.0.0.1:$views>" "<Directory $T/www>" \
  'Options MultiViews' '</Directory>' '</VirtualHost>' >>apache.conf
background apache2 -f "$T/apache.conf" -X 2>/dev/null
until_true listens "$views"
get() { # PORT NAME [OPTION...]: the code of HTTP and what came
  : >body
  curl -s -D head -o body -w '%{http_code} ' "${@:3}" "http://127.0.0.1:$1/$2"
  cut -c1-30 body
}
etag() { sed -n 's/^ETag: //p' head | tr -d '\r'; }
echo database >www/daily.cvd
echo 'a signature' >www/daily.cvd.sig
echo 'an armored signature' >www/daily.cvd.asc
touch -d '1 hour ago' www/*
seen 'the database' '200 database' "$(get "$views" daily.cvd)"
rm www/daily.cvd
seen 'without MultiViews, missing' '404' "$(get "$none" daily.cvd | head -n 1 | cut -c1-3)"
seen 'with it' '200 a signature' "$(get "$views" daily.cvd)"
seen 'curl --fail' '0 a signature' "$(curl -sf -o daily.cvd "http://127.0.0.1:$views/daily.cvd"; echo "$? $(cat daily.cvd)")"
seen 'quotation marks in its ETag' 1 "$(get "$views" daily.cvd >/dev/null; etag | tr -dc '"' | wc -c)"
seen 'in the one of the file by its own name' 2 "$(get "$views" daily.cvd.sig >/dev/null; etag | tr -dc '"' | wc -c)"
get "$views" daily.cvd >/dev/null
first=$(etag)
seen 'a condition' '304 ' "$(get "$views" daily.cvd -H "If-None-Match: $first")"
echo other >www/other
seen 'the same, after another file came' '200 a signature' "$(get "$views" daily.cvd -H "If-None-Match: $first")"
the_end
