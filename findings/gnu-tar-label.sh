#!/bin/bash
# GNU tar: the header of a volume label (`tar -V`). Seen with tar 1.34 (Debian 12), tar (npm) 7.5.23.
#
# Guess: a header like every other, size 0 in octal digits.
# Behaviour: its size field is 12 NUL bytes, no number at all, also mode, uid and gid. A reader that demands digits
#   before it looks at the type calls a sound archive damaged. The checksum is there, and tar of npm passes over the
#   whole header in silence, with no entry and no warning for it.
# Output: twelve NUL bytes where the size belongs; from tar of npm the file alone.
. "$(dirname "$0")/lib/setup.sh"
debian tar 1.34+dfsg-1.2+deb12u1
packages tar@7.5.23

echo text >file
tar -cf labelled.tar -V 'Example label' file
field() { dd if=labelled.tar bs=1 skip="$1" count="$2" 2>/dev/null | tr '\0' '.'; }
seen 'type of the first header' V "$(field 156 1)"
seen 'its size' '............' "$(field 124 12)"
seen 'its mode' '........' "$(field 100 8)"
seen 'its checksum is written' yes "$(field 148 6 | grep -Eq '^[0-7]{6}$' && echo yes || echo no)"
node -e "import('tar').then(async (tar) => { const seen = []; await tar.list({ file: 'labelled.tar', onReadEntry: (e) => seen.push(e.path + ':' + e.type), onwarn: (c) => seen.push(c) }); console.log(seen.join(' ')) })" >out 2>&1
seen 'what tar of npm reports' 'file:File' "$(cat out)"
the_end
