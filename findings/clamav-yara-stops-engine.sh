#!/bin/bash
# ClamAV: YARA hex strings with few fixed bytes. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: a rule that ClamAV cannot use is dropped with a warning, as others are.
# Behaviour: not this kind. A hex string in which no two fixed bytes stand together (`{ 68 ?? 6C ?? 6F }`), which yara
#   takes, ends the load of everything: status 2, "Malformed database", no signature of any other list is in force -
#   although the same message says "recovered from database loading error". With two fixed bytes side by side it loads.
#   So a pack of YARA rules can stop a scanner, or lose some rules in silence; both have to be looked for.
# Output: status 2; status 1 for the same folder without the rule.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
mkdir db
sigtool --md5 sample | sed 's/:sample$/:Sample.Known/' >db/list.hdb
scan() { # HEX-STRING: what yara finds, and the status of a scan with that rule beside a good list
  echo "rule example { strings: \$a = { $1 } condition: \$a }" >db/rules.yar
  clamscan --no-summary -d db sample >out 2>&1
  echo "status $?, yara $(yara -w db/rules.yar sample | wc -l)"
}
seen 'two fixed bytes together' 'status 1, yara 1' "$(scan '68 65 ?? 6C 6F')"
seen 'no two' 'status 2, yara 1' "$(scan '68 ?? 6C ?? 6F')"
seen 'it says' 'Malformed database, recovered from database loading error' "$(grep -o 'Malformed database' out | tail -1), $(grep -o 'recovered from database loading error' out | head -1)"
seen 'half a byte open' 'status 2, yara 1' "$(scan '68 6? 6C')"
rm db/rules.yar
clamscan --no-summary -d db sample >out 2>&1
seen 'without the rule' 1 $?
the_end
