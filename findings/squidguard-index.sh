#!/bin/bash
# squidGuard: a list and the index beside it. Seen with squidguard 1.6.0 (Debian 12).
#
# Guess: `-C`, or a start, makes an index (domains.db) of a list; a list that is newer than its index is read anew.
# Behaviour: where there is an index it is used, whatever the list beside it says and however much newer that is; not even
#   the list has to be there. A list that was replaced is in force only after `-C`, or without the .db; "ready for
#   requests" stands in the log in either case.
# Output: the old domain blocked and the new one not, also without the list; the new one after the index is gone.
. "$(dirname "$0")/lib/setup.sh"
debian squidguard 1.6.0-4

mkdir db log
printf '%s\n' "dbhome $T/db" "logdir $T/log" 'dest bad { domainlist domains }' \
  'acl { default { pass !bad all' 'redirect http://127.0.0.1/blocked } }' >squidguard.conf
answers() { # for both domains: blocked or passed
  printf 'http://%s.example/ 127.0.0.1/- - GET\n' old new | timeout 20 squidGuard -c "$T/squidguard.conf" 2>/dev/null |
    sed 's/^OK rewrite-url.*/blocked/; s/^ERR.*/passed/' | paste -sd' '
}
echo old.example >db/domains
seen 'no index' 'blocked passed' "$(answers)"
squidGuard -c "$T/squidguard.conf" -C all >/dev/null 2>&1
seen 'an index was made' yes "$([ -s db/domains.db ] && echo yes)"
echo new.example >db/domains
touch -d 'next week' db/domains
seen 'another list, newer than the index' 'blocked passed' "$(answers)"
seen 'what the log says' 'ready for requests' "$(grep -o 'ready for requests' log/squidGuard.log | tail -n 1)"
mv db/domains list
seen 'no list at all' 'blocked passed' "$(answers)"
mv list db/domains
rm db/domains.db
seen 'index removed' 'passed blocked' "$(answers)"
the_end
