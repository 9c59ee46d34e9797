#!/bin/bash
# ClamAV: what `sigtool --list-sigs` lists. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: it lists whatever the engine would load from the folder, or complains.
# Behaviour: it knows some kinds of files and passes over the others in silence, status 0: nothing of .fp, .sfp, .ign2,
#   .idb, .wdb, .pdb, .yar is listed although clamscan loads them all. So a diff of two sets, or "is this name in our
#   databases?", made with it misses every exception and every YARA rule. `--find-sigs` has the same blind spot.
# Output: the names of .hdb and .ndb only.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v sigtool >/dev/null || absent sigtool

printf 'hello definition\n' >sample
mkdir db
sigtool --md5 sample | sed 's/:sample$/:In.Hdb/' >db/list.hdb
echo 'In.Ndb:0:*:00112233445566' >db/list.ndb
sigtool --md5 sample | sed 's/:sample$/:In.Fp/; s/^..../0000/' >db/list.fp
sigtool --sha256 sample | sed 's/:sample$/:In.Sfp/; s/^..../0000/' >db/list.sfp
echo 'Some.Name' >db/list.ign2
echo 'rule InYara { strings: $a = "definition" condition: $a }' >db/rules.yar
clamscan --no-summary -d db sample >out 2>err
seen 'the engine loads all of it' '1 0' "$? $(wc -l <err)"
seen 'listed' 'In.Hdb,In.Ndb' "$(sigtool --list-sigs=db 2>err | sort | paste -sd,)"
seen 'searched for the rule' '0 lines' "$(sigtool --datadir=db --find-sigs=InYara 2>>err | wc -l) lines"
seen 'complaints' 0 "$(wc -l <err)"
the_end
