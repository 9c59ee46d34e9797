#!/bin/bash
# rdiff and bspatch on another version than the patch was made for. Seen with rdiff 2.3.2, bsdiff 4.3, xdelta3 3.0.11 and zstd
# 1.5.4 (Debian 12).
#
# Guess: the strong sums of rdiff's signature, and the headers of both formats, tell the wrong base, and the status does.
# Behaviour: neither looks at the base: as long as it is large enough the status is 0 and the file is a mixture of two
#   versions, of the right size. xdelta3 and zstd fail. Onto its own base (`rdiff -f patch LIST DELTA LIST`) rdiff empties it
#   before it reads it, so even the right one is lost. Only a digest of the result, beside the patch, tells.
# Output: status 0 and a mixture; xdelta3 and zstd end with 1; in place rdiff ends with 103, 0 bytes.
. "$(dirname "$0")/lib/setup.sh"
debian rdiff 2.3.2-1+b1
debian bsdiff 4.3-23
debian xdelta3 3.0.11-dfsg-1.2
debian zstd 1.5.4+dfsg2-5

seq 1 60000 >first
sed 's/^123$/321/' first >second
sed 's/^777$/changed/' second >third
rdiff signature second signature && rdiff delta signature third third.rdiff || absent rdiff
bsdiff second third third.bsdiff || absent bsdiff
xdelta3 -e -f -s second third third.vcdiff 2>/dev/null
zstd -q --patch-from=second third -o third.zst
apply() { # PROGRAM BASE: status, and what came out
  rm -f out
  case $1 in
    rdiff) rdiff patch "$2" third.rdiff out ;;
    bspatch) bspatch "$2" out third.bsdiff ;;
    xdelta3) xdelta3 -d -s "$2" third.vcdiff out ;;
    zstd) zstd -q -d --patch-from="$2" third.zst -o out ;;
  esac 2>err
  echo "$? $([ -s out ] || echo nothing; [ ! -s out ] || { cmp -s out third && echo right || echo "mixed, $(($(stat -c %s out) - $(stat -c %s third))) bytes more"; })"
}
for program in rdiff bspatch xdelta3 zstd; do seen "$program, the right base" '0 right' "$(apply $program second)"; done
for program in rdiff bspatch; do seen "$program, a version behind" '0 mixed, 0 bytes more' "$(apply $program first)"; done
for program in xdelta3 zstd; do seen "$program, a version behind" '1 nothing' "$(apply $program first)"; done
rdiff -f patch second third.rdiff second 2>err
seen 'rdiff, in place' '103, 0 bytes' "$?, $(stat -c %s second) bytes"
the_end
