#!/bin/bash
# Squid: a list of domains that an ACL takes from a file, and a reload. Seen with squid 5.7 (Debian 12).
#
# Guess: names that another line covers already are superfluous, at most a warning, in whatever order they stand; a list that is
#   missing is an error of the configuration, and a reload that fails leaves the rules of before.
# Behaviour: a name before the line that covers it (x.b.example, then .b.example) is fatal, the other way round it is a warning;
#   b.example beside .b.example is fatal in either order. HUP, which is what `systemctl reload squid` sends, then ends the
#   running Squid, and nothing in its unit starts it again; `squid -k reconfigure` reads the configuration first, ends
#   with 1 and leaves it alone. A list that is not there is no error to `squid -k parse`, `-k reconfigure` or HUP: status 0, a line
#   in the log, and all that it blocked is open.
# Output: statuses of `-k parse`: 0 for .b.example before x.b.example, 1 for the reverse, 0 for no list; after HUP no answer.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian squid 5.7-2+deb12u6

chmod 777 "$T"
mkdir www
echo page >www/index.html
serve "$T/www"
origin=$port
port=$(free_port)
printf '%s\n' "http_port 127.0.0.1:$port" "pid_filename $T/squid.pid" "cache_log $T/cache.log" 'access_log none' \
  'cache deny all' "coredump_dir $T" 'pinger_enable off' 'visible_hostname example' 'shutdown_lifetime 1 second' \
  "acl bad dstdomain \"$T/list\"" 'http_access deny bad' 'http_access allow localhost' 'http_access deny all' \
  "cache_peer 127.0.0.1 parent $origin 0 no-query originserver" 'never_direct allow all' >squid.conf
status() { # OPTION: of this command to Squid
  timeout 20 squid -k "$1" -f "$T/squid.conf" >command.log 2>&1
  echo $?
}
parsed() { # LINE...: what Squid says of a list with them
  printf '%s\n' "$@" >list
  echo "$(status parse) $(grep -oE 'WARNING|FATAL' command.log | head -n 1)"
}
answers() { # what comes of three names
  local name
  for name in x.b.example c.example other.example; do
    curl -s -m 5 -o /dev/null -w '%{http_code}\n' -x "127.0.0.1:$port" "http://$name/"
  done | paste -sd' '
}
gets() { [ "$(answers)" = "$1" ]; }

seen 'the wide name first' '0 WARNING' "$(parsed .b.example x.b.example)"
seen 'the narrow name first' '1 FATAL' "$(parsed x.b.example .b.example)"
seen 'with and without a dot' '1 FATAL, 1 FATAL' "$(parsed b.example .b.example), $(parsed .b.example b.example)"
seen 'one name twice' '0 ' "$(parsed b.example b.example)"

echo .b.example >list
background squid --foreground -f squid.conf >out 2>&1
squid=${started[-1]}
until_true gets '403 200 200'
seen 'at first: x.b, c, other' '403 200 200' "$(answers)"
printf '%s\n' .b.example x.b.example c.example >list
kill -HUP "$(cat squid.pid)"
until_true gets '403 403 200'
seen 'after HUP, the wide name first' '403 403 200' "$(answers)"
mv list elsewhere
seen 'no list: -k parse and -k reconfigure' '0 0' "$(status parse) $(status reconfigure)"
until_true gets '200 200 200'
seen 'no list' '200 200 200' "$(answers)"
mv elsewhere list
kill -HUP "$(cat squid.pid)"
until_true gets '403 403 200'
printf '%s\n' x.b.example .b.example >list
seen 'the narrow name first: -k reconfigure' 1 "$(status reconfigure)"
sleep 2
seen 'what the running one does' '403 403 200' "$(answers)"
kill -HUP "$(cat squid.pid)"
ended() { ! kill -0 "$squid"; }
until_true ended
seen 'after HUP' '000 000 000' "$(answers)"
the_end
