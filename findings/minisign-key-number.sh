#!/bin/bash
# minisign: the key number in a public key's comment. Seen with minisign 0.11 (Debian 12).
#
# Guess: 16 hexadecimal digits, always.
# Behaviour: leading zeros are left out: one key in sixteen has 15 digits or fewer. Comparing the text with the eight
#   bytes of the key written as 16 digits fails for those, and a regular expression of 16 digits does not find the
#   comment. The bytes stand in the key in the opposite order.
# Output: a key with a short number within some dozens.
. "$(dirname "$0")/lib/setup.sh"
debian minisign 0.11-1

short=none
for try in $(seq 200); do
  minisign -G -W -f -p key.pub -s key.sec >/dev/null 2>&1 || absent 'minisign -G -W'
  number=$(sed -n 's/^untrusted comment: minisign public key //p' key.pub)
  whole=$(sed -n 2p key.pub | base64 -d | od -An -tx1 -j2 -N8 | awk '{ for (i = NF; i > 0; i--) printf "%s", toupper($i) }')
  case $whole in 0*) short=$number ; break ;; esac
done
[ "$short" != none ] || absent 'no key with a leading zero among 200'
seen 'the eight bytes, reversed, have' '16 digits' "${#whole} digits"
seen 'the comment has fewer' yes "$([ ${#short} -lt 16 ] && echo yes || echo no)"
seen 'it is the number without its zeros' "$(sed 's/^0*//' <<<"$whole")" "$short"
echo text >text
minisign -S -s key.sec -m text >/dev/null 2>&1 </dev/null
minisign -V -q -p key.pub -m text
seen 'and the key is as good as any' 0 $?
the_end
