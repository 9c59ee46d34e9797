#!/bin/bash
# clamscan and clamd: folders within folders. Seen with clamav and clamav-daemon 1.4.6 (Debian 12).
#
# Guess: a scan of a folder is a scan of all that is in it, or its status tells that it was not.
# Behaviour: what lies deeper than 15 folders is passed over, status 0, `OK`. clamscan says nothing at all (one folder less than
#   clamd, counted from the one that is named); clamd writes a warning into its log only; with --fdpass and --stream clamdscan
#   has it on stderr, with the status 0. Named deeper, the same file is found. Trees of dependencies and of backups, with the
#   path of the host above them, are that deep. `--max-dir-recursion` and `MaxDirectoryRecursion` raise the bound.
# Output: for a sample 15 and 16 folders down: not found by clamscan in both; clamdscan finds the first; each raised bound
#   finds both.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1

mkdir db
echo 'Example:0:*:68656c6c6f20646566696e6974696f6e' >db/example.ndb # "hello definition"
# tree FOLDER DEPTH: a sample so many folders below it.
tree() {
  local path=$1
  for step in $(seq "$2"); do path+=/$step; done
  mkdir -p "$path"
  echo 'hello definition' >"$path/sample"
}
tree fourteen 13
tree fifteen 14
tree sixteen 15
tree seventeen 16
# found COMMAND...: of the trees, those in which the sample was found, and the status; stderr in the file `said`.
: >said
found() {
  local name
  for name in fourteen fifteen sixteen seventeen; do
    "$@" "$T/$name" 2>>said >out
    echo "$name $? $(grep -c FOUND out)"
  done | awk '$3 { print $1 } !$3 { print "-" $2 }' | paste -sd' '
}
plain=(clamscan --no-summary -r -d db)
seen 'clamscan' 'fourteen fifteen -0 -0' "$(found "${plain[@]}")"
seen 'and says' '' "$(cat said)"
seen 'clamscan, bound raised' 'fourteen fifteen sixteen seventeen' "$(found "${plain[@]}" --max-dir-recursion=20)"
: >said
start_clamd
asked=(clamdscan -c "$T/clamd.conf" --no-summary)
seen 'clamdscan' 'fourteen fifteen sixteen -0' "$(found "${asked[@]}")"
seen 'and says' '' "$(cat said)"
seen 'its line' "$T/seventeen: OK" "$("${asked[@]}" "$T/seventeen")"
seen "clamd's log" 'Directory recursion limit reached' "$(grep -o 'Directory recursion limit reached' log | sort -u)"
seen 'clamdscan --multiscan' 'fourteen fifteen sixteen -0' "$(found "${asked[@]}" --multiscan)"
seen 'clamdscan --fdpass' 'fourteen fifteen sixteen -0' "$(found "${asked[@]}" --fdpass)"
seen 'and says' 'WARNING: Directory recursion limit reached' "$(sort -u said)"
seen 'the same file, named deeper' 1 "$(cd seventeen/1 && "${asked[@]}" --fdpass "$PWD" >/dev/null; echo $?)"
the_end
