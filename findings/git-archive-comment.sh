#!/bin/bash
# git archive: what a git host makes of a commit. Seen with git 2.39 (Debian 12).
#
# Guess: a zip without a comment, as zip makes it.
# Behaviour: the zip ends in a comment, the id of the commit, always; the tar begins with a global header that says the same.
#   A reader that takes a comment for hidden data refuses every "Source code (zip)" there is.
# Output: a comment of 40 hexadecimal digits, "comment=" in the tar.
. "$(dirname "$0")/lib/setup.sh"
command -v git >/dev/null || absent git

mkdir repository && echo 'rule a { condition: true }' >repository/a.yar
git -C repository init -q
git -C repository add .
git -C repository -c user.name=x -c user.email=x@example.org commit -q -m x
git -C repository archive --format=zip -o "$T/pack.zip" HEAD
git -C repository archive --format=tar -o "$T/pack.tar" HEAD
comment=$(python3 -c 'import zipfile; print(zipfile.ZipFile("pack.zip").comment.decode())')
seen 'the comment is the id of the commit' "$(git -C repository rev-parse HEAD)" "$comment"
seen 'the tar says it in a global header' 1 "$(head -c 1024 pack.tar | grep -ac "comment=$comment")"
the_end
