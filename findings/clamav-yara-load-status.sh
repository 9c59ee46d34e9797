#!/bin/bash
# ClamAV: YARA rules it cannot use. Seen with clamav 1.4.6 and yara 4.2.3 (Debian 12).
#
# Guess: a rule file that ClamAV cannot compile fails the load, as a malformed line in any other list does (status 2);
#   what `yara` compiles, ClamAV compiles.
# Behaviour: clamscan ends with 0 ("OK") and loads what is left, often nothing; it tells on stderr only. Rules that yara
#   4.2.3 takes and matches are dropped one by one: `none of them`, `xor`, `base64`, `private` strings, every rule that
#   names a module (`pe.`), strings of one letter, rules without a string of their own (`filesize < 100KB`, or the name
#   of another rule alone).
# Output: "cli_loadyara: failed to parse or load 1 yara rules from file ..., successfully loaded 0 rules." and status 0.
# Matters to: every gate that asks clamscan's status whether a rule pack is good.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian yara 4.2.3-4
command -v clamscan >/dev/null || absent clamscan

printf 'hello definition\n' >sample
both() { # WHAT: the rules are read from stdin
  local yara clam
  rm -rf db && mkdir db && cat >db/rules.yar
  yara=$(yara -w db/rules.yar sample 2>/dev/null | cut -d' ' -f1 | sort | paste -sd,)
  clam=$(clamscan --no-summary -d db sample 2>/dev/null)
  clam="status $? $(sed 's/^sample: //; s/YARA\.//; s/\.UNOFFICIAL//' <<<"$clam")"
  seen "$1: yara finds" "$2" "$yara"
  seen "$1: ClamAV" "$3" "$clam"
}
both 'none of them' one 'status 0 OK' <<'R'
rule one { strings: $a = "absent" condition: none of them }
R
both 'xor' one 'status 0 OK' <<'R'
rule one { strings: $a = "hello" xor condition: $a }
R
both 'a private string' one 'status 0 OK' <<'R'
rule one { strings: $a = "hello" private condition: $a }
R
both 'one letter, counted' one 'status 0 OK' <<'R'
rule one { strings: $a = "l" condition: #a == 2 }
R
both 'no string' one 'status 0 OK' <<'R'
rule one { condition: filesize < 100KB }
R
both 'resting on another rule' base,one 'status 1 base FOUND' <<'R'
rule base { strings: $a = "definition" condition: $a }
rule one { condition: base }
R
the_end
