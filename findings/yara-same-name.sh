#!/bin/bash
# YARA rules of one name in two files. Seen with yara 4.2.3, clamav 1.4.6 (Debian 12).
#
# Guess: names are by file, or the later rule replaces the earlier one, for both programs alike.
# Behaviour: yara refuses to run: status 1, not one rule of any file is tried; only namespaces of one's own (`a:a.yar
#   b:b.yar`) let both in, and both are reported under the same name. ClamAV drops the later one, by the order in which
#   the folder lists its files, with a word on stderr and the status of a good load. So two packs that share a helper
#   rule stop yara and cost ClamAV a rule.
# Output: 'duplicated identifier "same"' and status 1; one rule of two with clamscan.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

mkdir rules
echo 'rule same { strings: $a = "hello" condition: $a }' >rules/a.yar
echo 'rule same { strings: $a = "definition" condition: $a } rule other { strings: $a = "world" condition: $a }' >rules/b.yar
printf 'hello\n' >hello
printf 'definition\n' >definition
printf 'world\n' >world
with_yara() {
  yara "$@" >out 2>err
  echo "status $?, $(cut -d' ' -f1 out | paste -sd,)"
}
seen 'yara, both files' 'status 1, ' "$(with_yara rules/a.yar rules/b.yar world)"
seen 'what it says' 'duplicated identifier "same"' "$(grep -o 'duplicated identifier "same"' err)"
seen 'yara, namespaces, hello' 'status 0, same' "$(with_yara a:rules/a.yar b:rules/b.yar hello)"
seen 'yara, namespaces, definition' 'status 0, same' "$(with_yara a:rules/a.yar b:rules/b.yar definition)"
for sample in hello definition world; do clamscan --no-summary -d rules "$sample"; done >out 2>err
seen 'ClamAV finds by the name they share' 1 "$(grep -c 'YARA.same.UNOFFICIAL FOUND' out)"
seen 'ClamAV finds by the other rule' 1 "$(grep -c 'YARA.other.UNOFFICIAL FOUND' out)"
the_end
