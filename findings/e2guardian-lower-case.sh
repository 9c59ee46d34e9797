#!/bin/bash
# e2guardian: `.Include` in a list of phrases. Seen with e2guardian 5.3.5 (Debian 12).
#
# Guess: the file is read under the name that stands there, as in lists of sites.
# Behaviour: lists of phrases are made lower-case before the line is looked at, the path included: a folder with a capital
#   letter in its name is "not there", and e2guardian does not start. In a list of sites the same path works.
# Output: blocked by the list of sites in that folder; with a list of phrases beside it no start, and a lower-case path in
#   the message; a start by way of a link without capitals.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/e2guardian.sh"

mount -t tmpfs none /mnt || absent 'tmpfs is needed'
mkdir /mnt/Sets
echo one.example >/mnt/Sets/sites
echo '< a phrase of the site >' >/mnt/Sets/phrases
echo '.Include</mnt/Sets/sites>' >>"$lists/bannedsitelist"
start_e2guardian || absent "e2guardian does not start: $(cat e2guardian.out)"
seen 'a list of sites' one.example "$(blocked one.example two.example)"
kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
cp "$lists/bannedphraselist" phrases
echo '.Include</mnt/Sets/phrases>' >>"$lists/bannedphraselist"
start_e2guardian && echo started >how
seen 'a list of phrases' 'no start, /mnt/sets/phrases' \
  "$([ -e how ] && echo start || echo no start), $(grep -o '/mnt/[^:]*phrases' e2guardian.out | head -n 1)"
ln -s Sets /mnt/sets
start_e2guardian && echo started >how
seen 'by way of a link' started "$(cat how 2>/dev/null)"
the_end
