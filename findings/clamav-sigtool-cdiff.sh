#!/bin/bash
# ClamAV: `sigtool --run-cdiff`, a patch that is applied by hand. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: it ends with 0 when the patch was applied; one that does not fit changes nothing.
# Behaviour: it ends with 1 in either case. Each file is changed when the patch closes it, so that one which does not fit at its
#   second file leaves the first one changed; and a patch that adds to a file that is not there makes it.
# Output: status 1 and no word after a patch that was applied as a whole, and after one of which the first half was.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v sigtool >/dev/null || absent sigtool

applied() { # its lines on stdin
  mkdir -p lists && cat >patch.script
  printf '%s\n' one two three >lists/a.hdb
  printf '%s\n' one two >lists/b.ndb
  (cd lists && sigtool --run-cdiff=../patch.script >../out 2>../err)
  echo "status $?, a.hdb: $(paste -sd' ' lists/a.hdb), b.ndb: $(paste -sd' ' lists/b.ndb), errors: $(grep -c Error err)"
}
seen 'one that fits' 'status 1, a.hdb: one three four, b.ndb: ONE two, errors: 0' \
  "$(printf '%s\n' 'OPEN a.hdb' 'DEL 2 two' 'ADD four' CLOSE 'OPEN b.ndb' 'XCHG 1 one ONE' CLOSE | applied)"
seen 'one that does not fit at its second file' 'status 1, a.hdb: one three, b.ndb: one two, errors: 1' \
  "$(printf '%s\n' 'OPEN a.hdb' 'DEL 2 two' CLOSE 'OPEN b.ndb' 'DEL 1 other' CLOSE | applied)"
seen 'one that adds to a new file' 'status 1, a.hdb: one two three, b.ndb: one two, errors: 0' \
  "$(printf '%s\n' 'OPEN new.hdb' 'ADD one' CLOSE | applied)"
seen 'the new file' one "$(cat lists/new.hdb)"
the_end
