#!/bin/bash
# casync extract: onto a file that is longer, and into a folder that has something. Seen with casync 2 (Debian 12).
#
# Guess: a file that is extracted has the bytes that were packed; a folder keeps what the archive does not have, as with tar.
# Behaviour: a single file (.caibx) is written over the beginning of what is there, in place, and not cut: what was longer keeps
#   its end, status 0. Where the beginning is the same already - an older version to which lines were added, the usual seed - it
#   fails with "Stale file handle", and leaves that as well. With a folder (.caidx) it is the other way: files are replaced
#   by a rename, and whatever the archive does not have is removed.
# Output: status 0 and old bytes behind the new ones, twice; status 1; status 0 and a file of one's own gone.
. "$(dirname "$0")/lib/setup.sh"
debian casync 2+20201210-1+b1
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:${root:-}/lib/$(uname -m)-linux-gnu
casync --version >out 2>&1 || absent "casync: $(cat out)"

head -c 3000000 /dev/urandom >list
casync make --store=store list.caibx list >/dev/null
extract() { # OPTION...: status, the versions in the file
  casync extract --store=store "$@" list.caibx there >out 2>&1
  echo "$? $(head -c 3000000 there | cmp -s - list && echo new)+$(tail -c 8 there)"
}
older() {
  head -c 3000000 /dev/urandom >there
  printf 'old end\n' >>there
}
older
inode=$(stat -c %i there)
seen 'a file that is longer: status, what it is then' '0 new+old end' "$(extract)"
seen 'the inode' "$inode" "$(stat -c %i there)"
older
seen 'with --seed-output=no' '0 new+old end' "$(extract --seed-output=no)"
cp list there
printf 'old end\n' >>there
seen 'a longer file that begins in the same way' '1 new+old end' "$(extract)"
seen 'what it says' 'Stale file handle' "$(grep -o 'Stale file handle' out)"
casync extract --store=store list.caibx elsewhere >out 2>&1
seen 'where nothing is: status, bytes' '0 the same' "$? $(cmp list elsewhere && echo the same)"

mkdir sets there.d
echo 1 >sets/1.ndb
echo 'of the site' >there.d/local.ign2
casync make --store=store sets.caidx sets >/dev/null
casync extract --store=store sets.caidx there.d >out 2>&1
seen 'a folder: status, names' '0 1.ndb' "$? $(ls -A there.d | paste -sd' ')"
the_end
