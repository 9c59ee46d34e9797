#!/bin/bash
# xdelta3: a patch between two .gz files. Seen with xdelta3 3.0.11 (Debian 12).
#
# Guess: decoding gives the new file, byte for byte, or fails.
# Behaviour: the encoder unpacks gzip, xz and bzip2 on the way in, the decoder packs its result again with the program's
#   defaults: another file, with status 0 and its checksum content. Any digest of the published .gz fails. `-D` on both
#   sides keeps the bytes (and makes the patch large). The other way about, a patch made without it by another encoder
#   needs `-d -D`.
# Output: status 0, the files differ, their contents do not.
. "$(dirname "$0")/lib/setup.sh"
debian xdelta3 3.0.11-dfsg-1.2

seq 1 60000 >old && sed 's/^777$/changed/' old >new
gzip -k -1 old && gzip -k -1 new
xdelta3 -e -f -s old.gz new.gz patch 2>/dev/null
xdelta3 -d -f -s old.gz patch out.gz 2>/dev/null
seen status 0 $?
seen 'the file' differs "$(cmp -s out.gz new.gz && echo same || echo differs)"
seen 'its contents' same "$(gzip -dc out.gz | cmp -s - new && echo same || echo differs)"
xdelta3 -e -f -D -s old.gz new.gz patch 2>/dev/null
xdelta3 -d -f -D -s old.gz patch out.gz 2>/dev/null
seen 'with -D on both sides' same "$(cmp -s out.gz new.gz && echo same || echo differs)"
the_end
