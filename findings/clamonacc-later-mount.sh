#!/bin/bash
# clamonacc: a folder that is mounted, or replaced, while it watches. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: OnAccessIncludePath is about a path: what lies there is watched, or the log tells that it no longer is.
# Behaviour: the folders of the start are watched, wherever they go. What is mounted at the path later (a share, a disk that came
#   after clamonacc at boot, one that was mounted anew) is not, nor a folder that was renamed into its place, nor what is made
#   in that afterwards: each file is read, with OnAccessPrevention and OnAccessDenyOnError. Not a line in the log. What was
#   mounted before the start is watched, as is a folder that is moved INTO a watched one. clamonacc wants to be started
#   after each mount.
# Output: read or refused for a sample in each place.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/clamonacc.sh"

mkdir before later replaced fresh into moved
mount -t tmpfs none before || absent 'tmpfs is needed'
trap 'umount before later 2>/dev/null; finish' EXIT
for folder in before replaced fresh moved; do cp sample "$folder/sample"; done
start_clamonacc before later replaced into
seen 'mounted before' refused "$(read_ before/sample)"
seen 'a folder' refused "$(read_ replaced/sample)"
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
mv replaced gone && mv fresh replaced
mkdir replaced/sub
sleep 2
cp sample replaced/sub/sample
seen 'a folder in its place' 'read read' "$(read_ replaced/sample replaced/sub/sample)"
seen 'the folder that was there' refused "$(read_ gone/sample)"
seen 'errors in its log' 0 "$(grep -cE 'ERROR|WARNING' onacc.log)"
the_end
