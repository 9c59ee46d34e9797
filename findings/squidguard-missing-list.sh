#!/bin/bash
# squidGuard: one list of several that is not there. Seen with squidguard 1.6.0 (Debian 12).
#
# Guess: it refuses to start, or goes on with the other lists, when an update drops or renames one category.
# Behaviour: "emergency mode": it runs, answers, and passes everything, the sites of the lists that are there as well; only
#   its log and, once squid has ended it, its status of 255 tell. An empty list is no such error.
# Output: blocked with both lists, passed with one of them missing, blocked with it empty.
. "$(dirname "$0")/lib/setup.sh"
debian squidguard 1.6.0-4

mkdir -p db/malware db/games log
printf '%s\n' "dbhome $T/db" "logdir $T/log" 'dest malware { domainlist malware/domains }' \
  'dest games { domainlist games/domains }' 'acl { default { pass !malware !games all' \
  'redirect http://127.0.0.1/blocked } }' >squidguard.conf
answer() { # for a site of the list of malware, with the status
  printf 'http://bad.example/ 127.0.0.1/- - GET\n' | timeout 20 squidGuard -c "$T/squidguard.conf" 2>/dev/null |
    sed 's/^OK rewrite-url.*/blocked/; s/^ERR.*/passed/' | paste -sd' '
  echo "status ${PIPESTATUS[1]}"
}
echo bad.example >db/malware/domains
echo game.example >db/games/domains
seen 'both lists' 'blocked status 0' "$(answer | paste -sd' ')"
rm db/games/domains
: >log/squidGuard.log
seen 'the other list missing' 'passed status 255' "$(answer | paste -sd' ')"
: >db/games/domains
seen 'the other list empty' 'blocked status 0' "$(answer | paste -sd' ')"
the_end
