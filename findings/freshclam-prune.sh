#!/bin/bash
# freshclam: databases it does not know in its folder. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: freshclam writes main, daily and bytecode and leaves other people's files alone.
# Behaviour: before it asks any mirror it DELETES every .cvd and .cld of the folder that its configuration does not name
#   ("Pruning unwanted or deprecated database file"), also when the update then fails. Other extensions stay. So a
#   second tool that keeps .cvd or .cld files in DatabaseDirectory loses them to the next run of a freshclam that was
#   left enabled. ExtraDatabase does not save them ("is not available": it is for the project's own optional ones); a
#   DatabaseCustomURL that ends in the file's name does. A run for some databases (`--update-db=`) does not prune.
# Output: "Pruning unwanted or deprecated database file own.cvd.", status 11.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam

mkdir db
conf() {
  freshclam_conf 'DatabaseMirror 127.0.0.1:1' 'MaxAttempts 1' "$@"
}
fill() { (cd db && touch own.cvd own.cld extra.cvd listed.cvd own.cud own.hdb notes.txt); }
left() { (cd db && ls | grep -v '^freshclam' | paste -sd' '); }
all='extra.cvd listed.cvd notes.txt own.cld own.cud own.cvd own.hdb'
fill
conf 'ExtraDatabase extra' 'DatabaseCustomURL http://127.0.0.1:1/listed.cvd'
run_freshclam --update-db=daily
seen 'a run for some databases' "$all" "$(left)"
run_freshclam
seen 'a run whose mirror is dead' 11 $?
seen 'what it left' 'listed.cvd notes.txt own.cud own.hdb' "$(left)"
the_end
