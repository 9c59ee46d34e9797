#!/bin/bash
# clamd: SelfCheck and what was taken away. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: SelfCheck compares the database folder with what is loaded and reloads when they differ.
# Behaviour: it sees files that are new or replaced (also with size and time of the old one, also `.list.hdb`), never
#   files that are gone. A list that was withdrawn, or an exception that was taken back by removing its file, stays in
#   force as long as nothing else changes; with the whole folder emptied the log goes on saying "Database status OK".
# Output: "SelfCheck: Database status OK." and "FOUND" by a list that no longer exists.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd and clamdscan'

printf 'hello definition\n' >sample
md5=$(md5sum sample | cut -c1-32)
mkdir db
echo '00000000000000000000000000000000:1:Other' >db/other.hdb
echo "$md5:17:Withdrawn" >db/list.hdb
start_clamd 'SelfCheck 1'
noticed() { # within five checks: whether the log tells of a change
  local before
  before=$(grep -c 'modification detected' log)
  "$@"
  sleep 5
  [ "$(grep -c 'modification detected' log)" -gt "$before" ] && echo yes || echo no
}
replace() { echo "$md5:17:Replaced!" >new && touch -r db/list.hdb new && mv new db/list.hdb; }
seen 'before' 'Withdrawn.UNOFFICIAL FOUND' "$(scan sample)"
seen 'a file replaced by one of its size and time is noticed' yes "$(noticed replace)"
seen 'and in use' 'Replaced!.UNOFFICIAL FOUND' "$(scan sample)"
seen 'a file taken away is noticed' no "$(noticed rm db/list.hdb)"
seen 'what is found by it' 'Replaced!.UNOFFICIAL FOUND' "$(scan sample)"
seen 'the last file taken away is noticed' no "$(noticed rm db/other.hdb)"
seen 'the last word of the log' 'SelfCheck: Database status OK.' "$(tail -1 log | sed 's/^.*-> //')"
the_end
