#!/bin/bash
# ClamAV: exceptions by name (.ign2) that are given beside the databases. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: clamscan loads all that its -d options name, and an exception holds for all of it, as in one folder.
# Behaviour: they are loaded in the order of the options, and an exception holds for what comes after it only. Behind the
#   folder of the databases it does nothing, and nobody says so. Within one folder exceptions are loaded first.
# Output: FOUND with the list first, OK with the exception first, OK with both in one folder under names that sort the other
#   way round.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
mkdir db own both
sigtool --md5 sample | sed 's/:sample$/:Example.Name/' | tee db/a.hdb >both/a.hdb
echo Example.Name | tee own/z.ign2 >both/z.ign2
found() { clamscan --no-summary "$@" sample 2>err | sed 's/^sample: //; s/.*FOUND/FOUND/' | paste -sd' '; }
seen 'the list alone' FOUND "$(found -d db)"
seen 'exceptions in a folder behind it' 'FOUND, said 0' "$(found -d db -d own), said $(wc -l <err)"
seen 'as a file behind it' 'FOUND, said 0' "$(found -d db -d own/z.ign2), said $(wc -l <err)"
seen 'before it' OK "$(found -d own/z.ign2 -d db)"
seen 'in one folder' OK "$(found -d both)"
the_end
