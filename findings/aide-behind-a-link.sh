#!/bin/bash
# AIDE and files whose path leads through a link. Seen with aide 0.18.3 (Debian 12).
#
# Guess: a rule with such a path watches the file that is there now, or AIDE complains that it watches nothing.
# Behaviour: AIDE walks folders and follows no link, and a rule is a pattern for what it meets there. One that leads through a link
#   meets nothing: no entry, no warning, status 0, and after the file was changed the check says that all is well. The link
#   itself can be watched (`l` is where it leads), and the files under their own folder.
# Output: 0 entries and status 0 for `current/list`, also after the change; 1 entry and status 4 for the file itself.
. "$(dirname "$0")/lib/setup.sh"
debian aide 0.18.3-1+deb12u5

mkdir -p sets/1
ln -s 1 sets/current
# watched RULE...: how many entries, the status, and the status of a check after the file was changed
watched() {
  local status checked
  echo definitions >sets/1/list
  rm -f database*
  printf '%s\n' "database_in=file:$T/database" "database_out=file:$T/database.new" report_url=stdout "$@" >aide.conf
  timeout 60 aide -c aide.conf --init >made 2>&1
  status=$?
  mv database.new database
  echo other >sets/1/list
  timeout 60 aide -c aide.conf --check >said 2>&1
  checked=$?
  echo "$(sed -n 's/^Number of entries:[^0-9]*//p' made | head -n 1) entries, $status, $checked, $(grep -ciE 'warning|error' made)"
}
seen 'a file behind the link' '0 entries, 0, 0, 0' "$(watched "$T/sets/current/list sha256")"
seen 'what the check says' 1 "$(grep -c 'NO differences' said)"
seen 'the same, in one of its other forms' '0 entries, 0, 0, 0' "$(watched "=$T/sets/current/list sha256")"
seen 'under its own folder' '1 entries, 0, 4, 0' "$(watched "$T/sets/1/list sha256")"
the_end
