#!/bin/bash
# ClamAV: files of five bytes and fewer. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: a signature with the hash and the size of a file finds it, whatever its size.
# Behaviour: what has fewer than six bytes is clean before any signature is asked, by itself and as a member of an archive. A list
#   with such a hash is loaded and counted without a word. So `echo test >sample` (five bytes) makes a sample that no
#   signature finds, for a gate or a canary.
# Output: OK for five bytes, by hash and by rule, FOUND for six; "Known viruses" counts both.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian yara 4.2.3-4
command -v clamscan >/dev/null || absent clamscan

mkdir db
echo 'rule example { strings: $a = "test" condition: $a }' >rules.yar
tried() { # TEXT: what finds it
  local size=${#1}
  printf %s "$1" >sample
  echo "$(md5sum <sample | cut -d' ' -f1):$size:Example.Hash" >db/list.hdb
  local hash rule
  hash=$(clamscan -d db sample 2>err)
  rule=$(clamscan -d rules.yar sample 2>>err)
  echo "$size bytes: hash $(grep -c FOUND <<<"$hash") of $(sed -n 's/^Known viruses: //p' <<<"$hash"), rule $(grep -c FOUND <<<"$rule"), yara $(yara rules.yar sample | wc -l), said $(wc -l <err)"
}
seen 'six' '6 bytes: hash 1 of 1, rule 1, yara 1, said 0' "$(tried test12)"
seen 'five' '5 bytes: hash 0 of 1, rule 0, yara 1, said 0' "$(tried test1)"
python3 -c 'import zipfile; zipfile.ZipFile("sample.zip", "w").writestr("member", "test1")'
seen 'five, as a member' OK "$(clamscan --no-summary -d db sample.zip | sed 's/.*: //')"
python3 -c 'import zipfile; zipfile.ZipFile("sample.zip", "w").writestr("member", "test12")'
tried test12 >/dev/null
seen 'six, as a member' 'Example.Hash.UNOFFICIAL FOUND' "$(clamscan --no-summary -d db sample.zip | sed 's/.*: //')"
the_end
