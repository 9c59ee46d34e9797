#!/bin/bash
# ClamAV: `global` YARA rules. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: a global rule restricts the others, as YARA's manual says: where it does not hold, nothing is reported.
# Behaviour: ClamAV takes the word and does not act on it: the other rules are reported although the global rule does
#   not hold. A rule pack that uses one ("only files that begin with MZ") gives false positives under ClamAV that nobody
#   sees with yara.
# Output: yara: nothing; clamscan: "YARA.detail.UNOFFICIAL FOUND", status 1, and no word on stderr.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian yara 4.2.3-4
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
mkdir db
cat >db/rules.yar <<'R'
global rule only_programs { strings: $mz = "MZ" condition: $mz at 0 }
rule detail { strings: $a = "definition" condition: $a }
R
seen 'yara' '' "$(yara db/rules.yar sample)"
seen 'ClamAV' 'sample: YARA.detail.UNOFFICIAL FOUND' "$(clamscan --no-summary -d db sample 2>err)"
seen 'what it says about that' '' "$(cat err)"
the_end
