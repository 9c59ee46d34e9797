#!/bin/bash
# systemd: a file that changes while the service of its path unit runs. Seen with systemd 252 (Debian 12).
#
# Guess: the change is remembered, and the service is started again when it has ended.
# Behaviour: nobody watches while the service runs. A change in that time is lost for PathChanged= and PathModified=: the
#   service has read the old contents, ends with success, and is not started again until the file changes once more.
# Output: of a first change, a second one within the run of the service and a third one later, the service sees the first
#   and the third.
. "$(dirname "$0")/lib/user-manager.sh"
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.38-1~deb12u1

mkdir sets
echo 0 >sets/number
: >read
path_unit reader "PathChanged=$T/sets/number" "cat $T/sets/number >>$T/read; sleep 4"
start_manager reader.path
publish() {
  echo "$1" >sets/.number
  mv sets/.number sets/number
}
has_read() { [ "$(tail -n 1 read)" = "$1" ]; }
publish 1
until_true has_read 1
sleep 1
publish 2
sleep 8
seen 'what the file says, what was read' '2, 1' "$(cat sets/number), $(paste -sd' ' read)"
seen 'state' 'inactive success' "$(systemctl --user show -P ActiveState reader.service) $(systemctl --user show -P Result reader.service)"
publish 3
until_true has_read 3
seen 'after one more change' '1 3' "$(paste -sd' ' read)"
the_end
