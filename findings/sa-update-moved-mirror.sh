#!/bin/bash
# sa-update: a channel that moved to another server. Seen with spamassassin 4.0.1 (Debian 12).
#
# Guess: the DNS record of a channel says where its list of mirrors is, so that a new record takes effect with the next
#   version, at the latest when no mirror that is known answers.
# Behaviour: the list (MIRRORED.BY) is kept for a week, and the record is not asked for as long. When every mirror in it is
#   gone each run ends with 4 and the old rules stay, although DNS names the new version and the new list. `--refreshmirrors`
#   asks at once.
# Output: 0 and the first rules; 4 and still the first, no request to the new server; 0 and the second with the option.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
. "$here/lib/spamassassin.sh"

printf '%s\n' 'From: a@a.example' 'Subject: text' '' hello >mail
start_channel old
server=${started[-1]}
publish old 100 'body FIRST /hello/' 'score FIRST 3'
seen 'first update' '0 FIRST' "$(update) $(hits mail FIRST SECOND)"
kill "$server" && wait "$server" 2>/dev/null
start_channel new
publish new 200 'body SECOND /hello/' 'score SECOND 3'
seen 'server moved' '4 FIRST' "$(update) $(hits mail FIRST SECOND)"
seen 'again' '4 FIRST' "$(update) $(hits mail FIRST SECOND)"
seen 'with --refreshmirrors' '0 SECOND' "$(update --refreshmirrors) $(hits mail FIRST SECOND)"
the_end
