#!/bin/bash
# YARA rules of one name in two files. Seen with yara 4.2.3, clamav 1.4.6 (Debian 12).
#
# Guess: yara reports an error for the later rule; ClamAV, which drops single rules that it cannot use, drops that one.
# Behaviour: yara refuses to run: status 1, not one rule of any file is tried; only namespaces of one's own (`a:a.yar
#   b:b.yar`) let both in. ClamAV says "failed to parse or load 1 yara rules ..., successfully loaded 3 rules" and
#   counts three - and none of the rules BEHIND the duplicate in its file is ever found again, though nothing is wrong
#   with them. So two packs that share the name of one helper rule cost most of the second pack, with the status of a
#   good load.
# Output: 'duplicated identifier "same"' and status 1; with clamscan "successfully loaded 3 rules" and one of these
#   three found.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

mkdir rules
rule() { echo "rule $1 { strings: \$a = \"$2\" condition: \$a }"; }
rule same hello >rules/a.yar
{ rule before 'first text'; rule same definition; rule behind 'second text'; rule last 'third text'; } >rules/b.yar
for text in hello definition 'first text' 'second text' 'third text'; do echo "$text" >"$text"; done
with_yara() {
  yara "$@" >out 2>err
  echo "status $?, $(cut -d' ' -f1 out | paste -sd,)"
}
seen 'yara, both files' 'status 1, ' "$(with_yara rules/a.yar rules/b.yar 'second text')"
seen 'what it says' 'duplicated identifier "same"' "$(grep -o 'duplicated identifier "same"' err)"
seen 'yara, namespaces' 'status 0, behind' "$(with_yara a:rules/a.yar b:rules/b.yar 'second text')"
with_clamscan() { # FILE...: the names found in the five texts, with these rules read in this order
  local text
  for text in hello definition *text; do clamscan --no-summary "${@/#/--database=}" "$text"; done 2>err |
    sed -n 's/.*YARA\.\(.*\)\.UNOFFICIAL FOUND/\1/p' | paste -sd,
}
seen 'ClamAV, the second file alone' 'same,before,behind,last' "$(with_clamscan rules/b.yar)"
seen 'ClamAV, both files' 'same,before' "$(with_clamscan rules/a.yar rules/b.yar)"
seen 'what it says' 'successfully loaded 3 rules' "$(grep -o 'successfully loaded 3 rules' err | head -1)"
the_end
