#!/bin/bash
# rclone: a tree that is served while rclone brings it up to date. Seen with rclone 1.60.1 (Debian 12).
#
# Guess: each file is written under another name and renamed, as rsync does, and files come in the order of their names.
# Behaviour: each file is emptied and written anew under its own name: who reads it then gets its beginning. Four are written at
#   a time, the small ones done first, so that an index is there before what it names. What is killed leaves the cut file under
#   its name.
# Output: the new index beside a cut file with the inode of the old one; a cut file after the end.
. "$(dirname "$0")/lib/setup.sh"
debian rclone 1.60.1+dfsg-2+b5
export RCLONE_CONFIG=/dev/null

mkdir -p tree/sets mirror
publish() { # NUMBER
  head -c 4000000 /dev/urandom >tree/sets/full.zip
  echo "index $1" >tree/timestamp.json
  touch -d "$1 hours" tree/sets/full.zip tree/timestamp.json
}
mirrored() { rclone sync "$@" tree mirror 2>rclone.log; }
inode() { stat -c %i mirror/sets/full.zip; }
cut_off() { [ "$(stat -c %s mirror/sets/full.zip)" -lt 4000000 ]; }
index_is() { grep -q "$1" mirror/timestamp.json; }

publish 1
mirrored
seen 'a first copy' 'index 1, whole' "$(cat mirror/timestamp.json), $(cmp -s tree/sets/full.zip mirror/sets/full.zip && echo whole)"
before=$(inode)
publish 2
rclone --bwlimit 256k sync tree mirror 2>rclone.log &
started+=($!)
until_true index_is 'index 2'
until_true cut_off
seen 'the index meanwhile' 'index 2' "$(cat mirror/timestamp.json)"
seen 'what it names' 'cut off, the same inode' "$(cut_off && echo 'cut off'), $([ "$(inode)" = "$before" ] && echo the same inode)"
seen 'other names in the folder' full.zip "$(ls -A mirror/sets | paste -sd' ')"
kill "${started[-1]}"
wait "${started[-1]}" 2>/dev/null
seen 'after it was ended' 'cut off' "$(cut_off && echo 'cut off')"
mirrored
seen 'after the next run' whole "$(cmp -s tree/sets/full.zip mirror/sets/full.zip && echo whole)"
the_end
