#!/bin/bash
# ClamAV: numbers that YARA rules read from a file. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: what ClamAV compiles without a word means what it means in yara; numbers without a sign have none.
# Behaviour: three things differ in silence. `uint32` has a sign: a number from 0x80000000 on never equals the one it is
#   compared with, so `uint32(0) == 0xE011CFD0`, by which rules for Office documents begin, is never true (`int32` in its
#   place is, against yara; so is the hex string `at 0`, in both). `uint16` and `uint8` are right. The last byte of a file cannot
#   be read by any of them. And `entrypoint` of a file that is no program is 0, while for yara it has no value.
# Output: found by yara, "OK" by clamscan and the other way round, nothing on stderr.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1one\0two\0example\0\1\2\3' >sample
mkdir db
both() { # CONDITION: what yara and ClamAV find of a rule that has a string and this
  echo "rule example { strings: \$a = \"example\" \$ole = { D0 CF 11 E0 } condition: (\$a or \$ole) and $1 }" >db/rules.yar
  echo "yara $(yara -w db/rules.yar sample | wc -l), ClamAV $(clamscan --no-summary -d db sample 2>err | grep -c FOUND), said $(wc -l <err)"
}
seen 'four bytes, high' 'yara 1, ClamAV 0, said 0' "$(both 'uint32(0) == 0xE011CFD0')"
seen 'four bytes, high, with a sign' 'yara 0, ClamAV 1, said 0' "$(both 'int32(0) == 0xE011CFD0')"
seen 'four bytes, low' 'yara 1, ClamAV 1, said 0' "$(both 'uint32(8) == 0x00656E6F')"
seen 'two bytes, high' 'yara 1, ClamAV 1, said 0' "$(both 'uint16(0) == 0xCFD0')"
seen 'the bytes as a string' 'yara 1, ClamAV 1, said 0' "$(both '$ole at 0')"
seen 'the last byte' 'yara 1, ClamAV 0, said 0' "$(both 'uint8(filesize - 1) == 3')"
seen 'the last two' 'yara 1, ClamAV 0, said 0' "$(both 'uint16(filesize - 2) == 0x0302')"
seen 'the last but one' 'yara 1, ClamAV 1, said 0' "$(both 'uint8(filesize - 2) == 2')"
seen 'the beginning of no program' 'yara 0, ClamAV 1, said 0' "$(both 'entrypoint == 0')"
the_end
