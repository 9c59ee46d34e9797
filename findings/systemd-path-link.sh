#!/bin/bash
# systemd: a path unit on a link that is switched, and on a file behind it. Seen with systemd 252 (Debian 12).
#
# Guess: PathChanged= on a link tells when the link is replaced, as it tells of a file that is replaced by a rename; it watches
#   every folder on the way, so that a file behind the link is known to be another one, too.
# Behaviour: neither tells, and the journal says nothing. The manager does notice: it then watches what the link leads to now,
#   and tells of the next change of that, which in a folder that is finished never comes. PathModified= is no better.
#   PathChanged= on a file beside the link that is replaced at the same time, or on the folder of both, does tell.
# Output: after two switches `beside` and `folder`; after a write to the file that the link leads to `behind` and `link`.
. "$(dirname "$0")/lib/user-manager.sh"
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.38-1~deb12u1

mkdir -p sets/1 sets/2
echo one >sets/1/list
echo two >sets/2/list
echo 1 >sets/number
ln -s 1 sets/current
: >told
for one in link:current behind:current/list beside:number folder:; do
  path_unit "${one%%:*}" "PathChanged=$T/sets/${one#*:}" "echo ${one%%:*} >>$T/told"
done
start_manager link.path behind.path beside.path folder.path
told() { # what was told since the last time
  sleep 3
  sort -u told | paste -sd' '
  : >told
}
replace() { # NUMBER: link and file, as a set becomes current
  echo "$1" >sets/.number
  mv sets/.number sets/number
  use "$1"
}
seen 'at first' '' "$(told)"
replace 2
seen 'a switch' 'beside folder' "$(told)"
replace 1
seen 'another' 'beside folder' "$(told)"
echo more >>sets/1/list
seen 'a write to the file behind the link' 'behind link' "$(told)"
the_end
