#!/bin/bash
# clamonacc: a folder that is mounted while it watches. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: OnAccessIncludePath is about a path: what lies there is watched, or the log tells that it no longer is.
# Behaviour: the folders of the start are watched. What is mounted at the path later (a share, a disk that came after clamonacc at
#   boot, one that was mounted anew) is not, nor what is made in that afterwards. Not a line in the log. What was mounted before
#   the start is watched, as is a folder that is moved INTO a watched one. clamonacc wants to be started after each mount.
# Output: read or refused for a sample in each place.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/clamonacc.sh"

mkdir before later into moved
mount -t tmpfs none before || absent 'tmpfs is needed'
trap 'umount before later 2>/dev/null; finish' EXIT
for folder in before moved; do cp sample "$folder/sample"; done
start_clamonacc before later into
seen 'mounted before' refused "$(read_ before/sample)"
mv moved into/moved
sleep 2
seen 'a folder that was moved into one' refused "$(read_ into/moved/sample)"
lines=$(wc -l <onacc.log)
mount -t tmpfs none later
cp sample later/sample
mkdir later/sub
sleep 2
cp sample later/sub/sample
seen 'mounted later' 'read read' "$(read_ later/sample later/sub/sample)"
umount later
seen 'lines in its log of that' 0 "$(($(wc -l <onacc.log) - lines))"
seen 'errors in its log' 0 "$(grep -cE 'ERROR|WARNING' onacc.log)"
the_end
