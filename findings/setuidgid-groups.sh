#!/bin/bash
# daemontools, runit and s6: the groups of a program that they run as another user. Seen with daemontools 0.76, runit 2.1.2
# and s6 2.11.3 (Debian 12).
#
# Guess: the groups that /etc/group has for the user, as from su, runuser, start-stop-daemon and the `User=` of systemd.
# Behaviour: `setuidgid USER` and `chpst -u USER` set the group of its entry in passwd, and no other. `adduser nagios defs` does
#   nothing for a service that begins so, however often it is started anew, while `id nagios` and `su` show the group: it
#   may not read what is of the group. chpst takes groups by name, `-u USER:GROUP:GROUP`. `s6-setuidgid`, made after the
#   same pattern, sets them all.
# Output: with a user that is in one group more: its own group alone from setuidgid and chpst, both from s6-setuidgid and runuser.
. "$(dirname "$0")/lib/setup.sh"
[ "$(id -u)" = 0 ] || absent 'root is wanted, to run as another user'
unshare -m true 2>/dev/null || absent 'unshare -m'
debian daemontools 1:0.76-8.1
debian runit 2.1.2-54
debian s6 2.11.3.2-1

# A group more for the user `daemon`, for this script alone. The programs of s6 call each other by their full paths.
own=$(id -g daemon)
{ cat /etc/group && echo 'defs-example:x:64999:daemon'; } >group
programs=${root:-}/usr/bin
cat >look <<L
mount --bind '$T/group' /etc/group || exit
if [ ! -e /usr/bin/s6-envuidgid ]; then mount -t overlay overlay -o lowerdir='$programs':/usr/bin /usr/bin || exit; fi
groups() { echo "\$1: \$("\${@:2}" id -G)"; }
groups runuser runuser -u daemon --
groups setuidgid setuidgid daemon
groups chpst chpst -u daemon
groups chpst-named chpst -u daemon:daemon:defs-example
groups s6-setuidgid s6-setuidgid daemon
L
unshare -m bash look >groups 2>err || absent 'a mount for one process'
of() { sed -n "s/^$1: //p" groups; }
seen runuser "$own 64999" "$(of runuser)"
seen setuidgid "$own" "$(of setuidgid)"
seen 'chpst -u USER' "$own" "$(of chpst)"
seen 'chpst -u USER:GROUP:GROUP' "$own 64999" "$(of chpst-named)"
seen s6-setuidgid "$own 64999" "$(of s6-setuidgid)"
the_end
