#!/bin/bash
# monit: the age of a file. Seen with monit 5.33.0 (Debian 12).
#
# Guess: `if timestamp > 36 hours` goes by the time of last change that `ls -l` shows.
# Behaviour: it goes by the later of that and the time of the inode (ctime): a file that was just copied with its old time, renamed,
#   given other modes or one more hard link is young, however old what stands in it. `if mtime > 36 hours` goes
#   by the former alone.
# Output: of a file of three days ago that was made just now only `mtime > 36 hours` tells, and `timestamp > 3 seconds`.
. "$(dirname "$0")/lib/setup.sh"
debian monit 1:5.33.0-1

echo text >list
touch -d '3 days ago' list
printf '#!/bin/sh\necho "$MONIT_SERVICE" >>%s\n' "$T/alerts" >alert
chmod 755 alert
: >alerts
printf '%s\n' 'set daemon 1' "set log $T/log" "set pidfile $T/pid" "set idfile $T/id" "set statefile $T/state" >monitrc
for kind in timestamp mtime ctime; do
  printf '%s\n' "check file by-$kind path $T/list" "if $kind > 36 hours then exec $T/alert" >>monitrc
done
printf '%s\n' "check file by-later path $T/list" "if timestamp > 3 seconds then exec $T/alert" >>monitrc
chmod 600 monitrc
seen 'age by ls -l, days' 3 "$((($(date +%s) - $(stat -c %Y list) + 60) / 86400))"
background monit -I -c "$T/monitrc" >out 2>&1
told() { grep -q by-later alerts; }
until_true told
sleep 2
seen 'who tells' 'by-later by-mtime' "$(sort -u alerts | paste -sd' ')"
seen 'what the log calls it' 'modify/change time' "$(sed -n "s/.*'by-later' \([a-z/]* time\) for .*/\1/p" log | head -n 1)"
the_end
