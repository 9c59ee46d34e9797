#!/bin/bash
# sa-update: a channel that does not know this version of SpamAssassin. Seen with spamassassin 4.0.1 (Debian 12).
#
# Guess: after an upgrade of SpamAssassin sa-update fails for a channel that has nothing for the new version, or the rules
#   that were fetched before serve on.
# Behaviour: neither. Rules are looked for in a folder of the version, and those of the version before are not read any more.
#   The channel is asked for under the new number; that there is none is no failure but "no fresh updates": status 1, which
#   jobs take for well, and not one line, for good. So all rules of the channel are gone in silence. The status is the same
#   where a number goes back, to take a bad version away: the newer rules stay.
# Output: rules fetched with 3.4.6 are not hit, 1 and nothing printed while the channel has a record for 3.4.6 only; 0 and the
#   rules once it has one for 4.0.1; 1, nothing printed and the same rules with a lower number.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
. "$here/lib/spamassassin.sh"

printf '%s\n' 'From: a@a.example' 'Subject: text' '' hello >mail
# run: status, lines printed, rules that are hit.
run() {
  local status
  status=$(update)
  echo "$status, $(wc -l <update.log), $(hits mail FIRST SECOND)"
}
start_channel www
publish www 200 'body FIRST /hello/' 'score FIRST 3'
seen 'first update' '0, 0, FIRST' "$(run)"
cd /var/lib/spamassassin && mv 4.000001 3.004006 && cd "$T" # as sa-update 3.4.6 leaves it
mv names/1.0.4.rules.example names/6.4.3.rules.example
seen 'after an upgrade' '' "$(hits mail FIRST)"
seen 'the channel has the old version only' '1, 0, ' "$(run)"
seen 'again' '1, 0, ' "$(run)"
publish www 300 'body FIRST /hello/' 'body SECOND /hello/' 'score FIRST 3' 'score SECOND 3'
seen 'the channel has the new version' '0, 0, FIRST SECOND' "$(run)"
publish www 200 'body FIRST /hello/' 'score FIRST 3'
seen 'a lower number' '1, 0, FIRST SECOND' "$(run)"
the_end
