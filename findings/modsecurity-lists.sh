#!/bin/bash
# ModSecurity: one list for the modules of Apache and nginx. Seen with libapache2-mod-security2 2.9.7 and
# libnginx-mod-http-modsecurity 1.0.3 (libmodsecurity 3.0.9; Debian 12).
#
# Guess: version 3 reads the lists of @pmFromFile and @ipMatchFromFile as version 2 does: blanks at both ends are dropped, and
#   what follows an address and a blank is a remark.
# Behaviour: 3 takes a line as it is. A phrase with a blank at its beginning or end is looked for with that blank, so that it
#   misses most of what it is for, in silence. An address with a blank or a remark behind it, as DROP lists have, is an error for the
#   whole configuration, which names the rule and neither the list nor its line: nginx does not start.
#   So is a remark that is indented, while it is one in a list of phrases.
# Output: 403 is a match. Apache: all of them; nginx: the lines without blanks, and `nginx -t` fails over each of the others.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
debian libapache2-mod-security2 2.9.7-1+deb12u2
debian apache2-bin 2.4.71-1~deb12u1
debian libnginx-mod-http-modsecurity 1.0.3-1+b2
debian nginx 1.22.1-9+deb12u11
as_installed

mkdir www nginx apache
echo text >www/index.html
printf '%s\n' 'SecRuleEngine On' "SecRule ARGS:q \"@pmFromFile $T/phrases\" \"id:1,phase:1,deny,status:403\"" \
  "SecRule ARGS:ip \"@ipMatchFromFile $T/addresses\" \"id:2,phase:1,deny,status:403\"" >rules.conf
nginx_port=$(free_port)
apache_port=$(free_port)
printf '%s\n' "load_module /usr/lib/nginx/modules/ngx_http_modsecurity_module.so; daemon off; user nobody nogroup; pid $T/nginx/pid;" \
  "error_log $T/nginx/log; events {} http { access_log off; client_body_temp_path nginx/1; proxy_temp_path nginx/2;" \
  'fastcgi_temp_path nginx/3; uwsgi_temp_path nginx/4; scgi_temp_path nginx/5;' \
  "server { listen 127.0.0.1:$nginx_port; root $T/www; modsecurity on; modsecurity_rules_file $T/rules.conf; } }" >nginx.conf
for module in mpm_event authz_core dir unique_id security2; do
  [ ! -e "/usr/lib/apache2/modules/mod_$module.so" ] || echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
done >apache.conf
printf '%s\n' 'ServerName example' "Listen 127.0.0.1:$apache_port" "PidFile $T/apache/pid" "ErrorLog $T/apache/log" 'User nobody' \
  'Group nogroup' "DefaultRuntimeDir $T/apache" "DocumentRoot $T/www" 'Mutex posixsem' "Include $T/rules.conf" >>apache.conf

# tested: status of both tests of the configuration, and whether that of nginx names the list.
tested() {
  apache2 -t -f "$T/apache.conf" >test.apache 2>&1
  echo -n "apache2 $?, "
  nginx -t -p "$T" -c "$T/nginx.conf" >test.nginx 2>&1
  echo "nginx $?, list $(grep -q "$T/addresses" test.nginx && echo named || echo not named)"
}
answer() { # QUERY: of Apache and nginx
  for at in "$apache_port" "$nginx_port"; do curl -s -m 9 -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$at/?$1"; done | paste -sd' '
}
printf '%s\n' plain 'behind ' ' before' '# remark' '  # indented' >phrases
printf '%s\n' '# remark' 192.0.2.1 198.51.100.0/24 >addresses
seen 'both lists without blanks in addresses' 'apache2 0, nginx 0, list not named' "$(tested)"
background apache2 -D FOREGROUND -f "$T/apache.conf" >/dev/null 2>&1
background nginx -p "$T" -c "$T/nginx.conf" 2>/dev/null
until_true listens "$apache_port"
until_true listens "$nginx_port"
seen 'no phrase' '200 200' "$(answer q=other)"
seen 'a plain phrase' '403 403' "$(answer q=plain)"
seen 'a phrase with a blank behind it' '403 200' "$(answer q=behind)"
seen 'the same, sent with that blank' '403 403' "$(answer q=behind%20x)"
seen 'a phrase with a blank before it' '403 200' "$(answer q=before)"
seen 'a remark that is indented, as a phrase' '200 200' "$(answer q=%20%20%23%20indented)"
seen 'an address' '403 403' "$(answer ip=198.51.100.7)"
seen 'another address' '200 200' "$(answer ip=203.0.113.7)"
for line in '203.0.113.7 ' '203.0.113.7 ; SBL1' '203.0.113.7 # why' ' 203.0.113.7' '  # indented'; do
  printf '%s\n' 192.0.2.1 "$line" >addresses
  seen "a list with the line '$line'" 'apache2 0, nginx 1, list not named' "$(tested)"
done
the_end
