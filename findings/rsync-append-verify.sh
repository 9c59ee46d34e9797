#!/bin/bash
# rsync --append-verify where files are replaced. Seen with rsync 3.5.0 (Debian 12).
#
# Guess: what is here is compared with the beginning of the new file, and a file that differs is sent anew; that is what sets it
#   apart from --append.
# Behaviour: only files that are shorter here are looked at. One of the same size or longer here is passed over, newer, with other
#   bytes and with --checksum as well, status 0, not a word: a new database that is smaller than the old one never arrives, while
#   its index, which grew, does. --partial-dir resumes without that.
# Output: the longer file arrives; the one of the same size and the shorter one stay as they were, status 0, nothing is said; with
#   --partial-dir both arrive.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1

mkdir tree mirror
old() { echo "of $1" >"mirror/$2.ndb" && touch -d '2 days ago' "mirror/$2.ndb"; }
old yesterday longer
old yesterday same
old yesterday shorter
echo 'of today, with more' >tree/longer.ndb
echo 'of this day.' >tree/same.ndb
echo today >tree/shorter.ndb
copy() { rsync -a "$@" tree/ mirror/ 2>&1 | sed '/^WARNING: longer.ndb failed verification/d'; echo "${PIPESTATUS[0]}"; }
state() { for name in longer same shorter; do cmp -s tree/$name.ndb mirror/$name.ndb && echo new || echo old; done | paste -sd' '; }
seen 'bytes of the two of the same size' '13 13' "$(stat -c %s tree/same.ndb mirror/same.ndb | paste -sd' ')"
seen 'status' 0 "$(copy --append-verify)"
seen 'longer, same, shorter' 'new old old' "$(state)"
seen 'with --checksum' '0 new old old' "$(copy --append-verify --checksum) $(state)"
seen 'what it would do' '' "$(rsync -a --append-verify --itemize-changes tree/ mirror/)"
seen 'with --partial-dir' '0 new new new' "$(copy --partial-dir=.part) $(state)"
the_end
