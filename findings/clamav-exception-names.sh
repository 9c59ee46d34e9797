#!/bin/bash
# ClamAV: under which name an exception (.ign2) works. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: the name as clamscan and clamd print it (`Name.UNOFFICIAL`), which is what an administrator copies from a log.
# Behaviour: the printed name does nothing, in silence; only the bare name does, in the same case of letters, and
#   without a blank behind it (a trailing blank in a list is part of the name). For a YARA rule the bare name, too:
#   `rule`, though `YARA.rule.UNOFFICIAL` is printed. A hash that stands under two names goes on being found under the
#   other one.
# Output: "FOUND" as before with the printed name, "OK" with the bare one.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
mkdir db
sigtool --md5 sample >hash
with() { # EXCEPTION...
  printf '%s\n' "$@" >db/local.ign2
  clamscan --no-summary -d db sample 2>/dev/null | sed 's/^sample: //'
}
sed 's/:sample$/:Sample.Known/' hash >db/list.hdb
seen 'the name as printed' 'Sample.Known.UNOFFICIAL FOUND' "$(with Sample.Known.UNOFFICIAL)"
seen 'the bare name' OK "$(with Sample.Known)"
seen 'another case of letters' 'Sample.Known.UNOFFICIAL FOUND' "$(with sample.known)"
seen 'a blank behind it' 'Sample.Known.UNOFFICIAL FOUND' "$(with 'Sample.Known ')"
sed 's/:sample$/:Sample.Again/' hash >>db/list.hdb
seen 'one of two names' 'Sample.Known.UNOFFICIAL FOUND' "$(with Sample.Again)"
seen 'both names' OK "$(with Sample.Again Sample.Known)"
rm db/list.hdb
echo 'rule text { strings: $a = "definition" condition: $a }' >db/rules.yar
seen 'YARA, the name as printed' 'YARA.text.UNOFFICIAL FOUND' "$(with YARA.text.UNOFFICIAL)"
seen 'YARA, without the ending' 'YARA.text.UNOFFICIAL FOUND' "$(with YARA.text)"
seen 'YARA, the bare name' OK "$(with text)"
the_end
