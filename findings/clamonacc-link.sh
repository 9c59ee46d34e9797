#!/bin/bash
# clamonacc: an OnAccessIncludePath that is a link. Seen with clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the folder behind the link is watched, or clamonacc refuses the path.
# Behaviour: it says "watching ... (and all sub-directories)" of it and watches nothing: each file is read, by either name, with
#   OnAccessPrevention and OnAccessDenyOnError, and its log has no error. With a slash behind it the folder is watched, as
#   is a path THROUGH a link: the folder that it led to at the start, by all of its names, also once the link leads elsewhere.
# Output: read or refused for a sample, by each name.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/clamonacc.sh"

mkdir -p plain real slash release1/sub release2/sub
ln -s real link
ln -s slash slash-link
ln -s release1 current
for folder in plain real slash release1/sub release2/sub; do cp sample "$folder/sample"; done
start_clamonacc plain link slash-link/ current/sub
seen 'a folder' refused "$(read_ plain/sample)"
seen 'a link to a folder, by the link and by the folder' 'read read' "$(read_ link/sample real/sample)"
seen 'the same with a slash' 'refused refused' "$(read_ slash-link/sample slash/sample)"
seen 'what it says of them' 2 "$(grep -cE "watching '$T/(link|slash-link/)' \(and all sub-directories\)" onacc.log)"
seen 'errors in its log' 0 "$(grep -cE 'ERROR|WARNING' onacc.log)"
seen 'a path through a link' 'refused refused' "$(read_ current/sub/sample release1/sub/sample)"
ln -s release2 new && mv -T new current
sleep 2
seen 'when that link was switched' 'read read refused' "$(read_ current/sub/sample release2/sub/sample release1/sub/sample)"
the_end
