#!/bin/bash
# clamd: supplementary groups that it is started with (SupplementaryGroups= of systemd, group_add of Compose). Seen with
# clamav-daemon 1.4.6 (Debian 12).
#
# Guess: a group that the service is given lets it read databases of that group.
# Behaviour: started as root, with `User` in clamd.conf, it takes the groups that /etc/group has for that user in place of those
#   it was started with: the database cannot be opened. Started as that user, it keeps them.
# Output: "Can't open file" with the first, an answer to PING with the second.
. "$(dirname "$0")/lib/setup.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
[ "$(id -u)" = 0 ] || absent 'root is wanted to give groups away'
command -v setpriv >/dev/null || absent setpriv
user=nobody
group=54321
mkdir db run && chown $user run && echo "$(printf x | md5sum | cut -d' ' -f1):1:Example.X" >db/x.hdb
chgrp $group db/x.hdb && chmod 440 db/x.hdb && chmod 755 db
printf '%s\n' "LocalSocket $T/run/socket" "DatabaseDirectory $T/db" 'Foreground yes' "User $user" >clamd.conf
seen 'as root with the group' "Can't open file" "$(timeout 60 setpriv --groups $group clamd -c clamd.conf 2>&1 | grep -o "Can't open file" | head -n 1)"
background setpriv --reuid "$(id -u $user)" --regid "$(id -g $user)" --groups $group clamd -c clamd.conf >/dev/null 2>&1
until_true clamdscan -c clamd.conf --ping 1
seen 'as the user with the group' 0 "$(clamdscan -c clamd.conf --ping 1 >/dev/null 2>&1; echo $?)"
the_end
