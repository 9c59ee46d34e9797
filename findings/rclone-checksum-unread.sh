#!/bin/bash
# rclone checksum: a list of sums that has another form. Seen with rclone 1.60.1, coreutils 9.1 (Debian 12).
#
# Guess: a list of which no line can be read proves nothing, so the status is not 0, as with `sha256sum -c`.
# Behaviour: with --one-way, which is wanted wherever more lies in the folder than the list names (the list itself, for one), what
#   was read is checked and nothing else: of a list in the form of `sha256sum --tag` or of BSD not one line, so "0 differences
#   found", status 0, over a damaged file as well; a line that cannot be read is a notice at most. In a list that has both forms
#   the files of one are checked. Its count of matching files tells. Without --one-way each file without a sum is an error.
# Output: status 0 and "0 differences found" for a damaged file, by two lists; 1 from `sha256sum -c`.
. "$(dirname "$0")/lib/setup.sh"
debian rclone 1.60.1+dfsg-2+b5
export HOME=$T RCLONE_CONFIG=$T/rclone.conf
: >rclone.conf

mkdir set
echo definitions >set/daily.ndb
echo more >set/main.ndb
(cd set && sha256sum daily.ndb main.ndb >../plain && sha256sum --tag daily.ndb main.ndb >../tagged)
(cd set && sha256sum main.ndb && sha256sum --tag daily.ndb) >both
checked() { # LIST [OPTION]: status of rclone, how many differences it says
  timeout 30 rclone checksum "${@:2}" sha256 "$1" set >said 2>&1
  echo "$? $(grep -oE '[0-9]+ differences found' said | head -n 1)"
}
coreutils() { (cd set && sha256sum -c "../$1" >/dev/null 2>&1 && echo 0 || echo "$?"); }
seen 'good files, plain list' '0 0 differences found' "$(checked plain --one-way)"
echo damaged >set/daily.ndb
seen 'damaged, plain list' '1 1 differences found' "$(checked plain --one-way)"
for list in tagged both; do
  seen "damaged, $list" '0 0 differences found' "$(checked $list --one-way)"
  seen 'matching files that it counts' "$([ $list = both ] && echo 1)" "$(grep -oE '[0-9]+ matching' said | cut -d' ' -f1)"
done
seen 'sha256sum -c, tagged' 1 "$(coreutils tagged)"
seen 'tagged, without --one-way' '1 2 differences found' "$(checked tagged)"
the_end
