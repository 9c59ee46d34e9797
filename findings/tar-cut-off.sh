#!/bin/bash
# GNU tar and tar of npm: a plain .tar of which the end is missing. Seen with tar 1.34 (Debian 12), tar (npm) 7.5.23.
#
# Guess: an archive without its two blocks of zeros at the end was cut off, and both say so ("Unexpected EOF in
#   archive", a warning).
# Behaviour: only a cut within the content of a file is noticed: GNU tar ends with 2; tar of npm resolves all the same
#   and has one warning for `onwarn` (an error with `strict: true`). A cut between two files, or within a header, is the
#   end of the archive for both: status 0, resolved, no word, the files that happened to be whole. Compressed archives
#   are safe by their checksum; a plain .tar needs its digest.
# Output: one of three files, status 0, no warning.
. "$(dirname "$0")/lib/setup.sh"
debian tar 1.34+dfsg-1.2+deb12u1
packages tar@7.5.23

for name in a b c; do head -c 1000 /dev/zero | tr '\0' $name >$name; done
tar --format=ustar -cf whole.tar a b c
# Each file takes a header of 512 bytes and content of 1,024.
head -c 1300 whole.tar >content.tar
head -c 1536 whole.tar >between.tar
head -c 1800 whole.tar >header.tar
cat >list.js <<'J'
import * as tar from 'tar'

const seen = []
const warnings = []
const strict = process.argv[3] === 'strict'
try {
  await tar.list({
    file: process.argv[2],
    strict,
    onReadEntry: (entry) => seen.push(entry.path),
    ...(strict ? {} : { onwarn: (code) => warnings.push(code) }),
  })
  console.log(`resolved, ${seen.join('')}, ${warnings.length} warnings`)
} catch (error) {
  console.log(`rejected, ${error.code ?? error.tarCode}`)
}
J
gnu() { tar -tf "$1" >out 2>&1; echo "status $?"; }
seen 'whole' 'resolved, abc, 0 warnings' "$(node list.js whole.tar)"
seen 'cut within content: tar of npm' 'resolved, a, 1 warnings' "$(node list.js content.tar)"
seen 'cut within content: strict' 'rejected, TAR_BAD_ARCHIVE' "$(node list.js content.tar strict)"
seen 'cut within content: GNU tar' 'status 2' "$(gnu content.tar)"
for cut in between header; do
  seen "cut $cut: tar of npm" 'resolved, a, 0 warnings' "$(node list.js $cut.tar)"
  seen "cut $cut: strict" 'resolved, a, 0 warnings' "$(node list.js $cut.tar strict)"
  seen "cut $cut: GNU tar" 'status 0' "$(gnu $cut.tar)"
done
the_end
