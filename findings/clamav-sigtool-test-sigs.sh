#!/bin/bash
# sigtool --test-sigs: whether a signature matches a file. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: it answers as the engine does, so that a list can be tried on its samples with it, by its status too.
# Behaviour: it does not ask the engine. It looks for the bytes of each part as they stand: what the engine finds by its
#   modifiers (`::i`) or in the plain form of HTML is `** NO **`, and an offset, a type of file, a whole word (`::f`) and a logical
#   expression that keep the engine from a detection are YES, or `YES/CHECK OFFSET` at best. The status is 0 for yes, for no, and
#   for a signature that it calls unreadable. Only clamscan with the list as its database tells.
# Output: for each pair of signature and file, what sigtool says and its status, beside clamscan's.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1

printf 'HELLO definition' >loud
printf 'hello definitions' >longer
printf '<html><body>hello   \n  definition</body></html>' >page.html
# both FILE KIND SIGNATURE: sigtool's answer and status, and clamscan's.
both() {
  echo "$3" >"example.$2"
  sigtool --test-sigs="example.$2" "$1" >out 2>&1
  local status=$?
  local said
  said=$(grep -oE '\*\* (YES|YES/CHECK|NO)|parse' out | sed 's/.* //' | paste -sd' ')
  clamscan --no-summary -d "example.$2" "$1" >out 2>/dev/null
  echo "$said, $status; $(grep -q FOUND out && echo found || echo not found)"
}
seen 'as it stands' 'YES, 0; found' "$(both longer ndb 'Example:0:*:68656c6c6f')"
seen 'capitals' 'NO, 0; found' "$(both loud ldb 'Example;Engine:51-255,Target:0;0;68656c6c6f::i')"
seen 'the plain form of HTML' 'NO, 0; found' "$(both page.html ndb 'Example:3:*:68656c6c6f20646566696e6974696f6e')"
seen 'a whole word' 'YES/CHECK, 0; not found' "$(both longer ldb 'Example;Engine:51-255,Target:0;0;646566696e6974696f6e::f')"
seen 'an offset' 'YES/CHECK, 0; not found' "$(both longer ndb 'Example:0:3:68656c6c6f')"
seen 'another type of file' 'YES, 0; not found' "$(both longer ndb 'Example:1:*:68656c6c6f')"
seen 'one part of two' 'YES/CHECK NO, 0; not found' "$(both longer ldb 'Example;Engine:51-255,Target:0;0&1;68656c6c6f;aabbccdd')"
seen 'nothing of it' 'NO, 0; not found' "$(both longer ndb 'Example:0:*:aabbccdd')"
seen 'no hexadecimal digits' 'parse, 0; not found' "$(both longer ndb 'Example:0:*:zzzz')"
the_end
