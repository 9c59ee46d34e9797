#!/bin/bash
# ClamAV: regular expressions in YARA rules. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: what ClamAV compiles without a word means what it means in yara.
# Behaviour: two things are lost in silence. `/wor.d/i` and `/wor.d/ nocase` do not find "World": the fixed part is
#   looked up in the case in which it is written. (In plain text they do, since ClamAV scans a lower-case copy of text,
#   too: a test with a text file proves nothing.) And a regular expression is seen once: `#a == 2`, `$a at 23` and
#   `@a[2]` are false where the first match lies elsewhere, `#a == 1` is true. A plain string in place of the expression
#   is right in both programs.
# Output: found by yara, "OK" by clamscan, nothing on stderr.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'one\0hello, World\0\1\2two hello\n' >sample # not text; hello at 4 and 23
mkdir db
both() { # RULE: what yara and ClamAV find
  echo "rule example { strings: $1 }" >db/rules.yar
  echo "yara $(yara -w db/rules.yar sample | wc -l), ClamAV $(clamscan --no-summary -d db sample 2>err | grep -c FOUND), said $(wc -l <err)"
}
seen 'the case as written' 'yara 1, ClamAV 1, said 0' "$(both '$a = /Wor.d/ condition: $a')"
seen 'i' 'yara 1, ClamAV 0, said 0' "$(both '$a = /wor.d/i condition: $a')"
seen 'nocase' 'yara 1, ClamAV 0, said 0' "$(both '$a = /wor.d/ nocase condition: $a')"
seen 'a string, nocase' 'yara 1, ClamAV 1, said 0' "$(both '$a = "world" nocase condition: $a')"
seen 'the number of matches' 'yara 1, ClamAV 0, said 0' "$(both '$a = /hel+o/ condition: #a == 2')"
seen 'the number of matches, wrong' 'yara 0, ClamAV 1, said 0' "$(both '$a = /hel+o/ condition: #a == 1')"
seen 'the place of the second' 'yara 1, ClamAV 0, said 0' "$(both '$a = /hel+o/ condition: $a at 23')"
seen 'a string, number and place' 'yara 1, ClamAV 1, said 0' "$(both '$a = "hello" condition: #a == 2 and $a at 23')"
the_end
