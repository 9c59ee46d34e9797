#!/bin/bash
# cvdupdate: how a file of its mirror becomes the next one. Seen with clamav-cvdupdate 1.1.1 (Debian 12).
#
# Guess: the new file is written beside and renamed, as its purpose is a folder that a web server serves meanwhile.
# Behaviour: the file itself is emptied and written anew. Who downloads it at that moment gets the beginning of the old one
#   and the end of the new one, or less than was announced, under the old ETag or time.
# Output: the same inode before and after an update; a handle that was opened before reads the new content.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/cvdupdate.sh"
echo 'Example.Old:0:*:6578616d706c65206f6c6421' >www/local.ndb
cvd add local.ndb "http://127.0.0.1:$port/local.ndb"
cvd update
before=$(stat -c %i mirror/local.ndb)
exec 4<mirror/local.ndb
echo 'Example.New:0:*:6578616d706c65206e657721' >www/local.ndb
touch -d '1 hour' www/local.ndb
cvd update
seen 'the same inode' "$before" "$(stat -c %i mirror/local.ndb)"
seen 'what an open download goes on with' Example.New "$(head -c 11 <&4)"
the_end
