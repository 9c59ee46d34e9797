#!/bin/bash
# zsync: mode and time of the file that it brings up to date. Seen with zsync 0.6.2, nginx 1.22.1 and clamav 1.4.6 (Debian 12).
#
# Guess: the new file has the mode of the old one, or the one that the umask gives, and the time that the server has.
# Behaviour: it has the mode 0600, whatever the old one had, since it is made as a temporary file and renamed; with a first download
#   and with -o likewise, and where nothing has changed. So after the first update a scanner that runs as another user cannot
#   read it: ClamAV stops with an error over the whole folder. The time of the server, which stands in the .zsync in GMT, is
#   taken for local time, summer or winter by chance: east of Greenwich the list is hours older, west of it in the future. Status 0.
# Output: 644 before, 600 after, status 0; clamscan as nobody ends with 0, then with 2, and with 0 again after chmod; 12:00 is
#   17:00 or 16:00 five hours west, 10:00 or 9:00 two hours east.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
[ "$(id -u)" = 0 ] || absent 'root is wanted, to scan as another user'
debian zsync 0.6.2-5
debian nginx 1.22.1-9+deb12u11
debian clamav 1.4.6+dfsg-0+deb12u1

umask 022
mkdir www db
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
publish() { # LAST: a list whose last line has this number
  for number in $(seq 2000) "$1"; do printf 'Example.%d:0:*:%064d\n' "$number" "$number"; done >www/list.ndb
  touch -d '2026-01-15 12:00:00' www/list.ndb
  (cd www && zsyncmake -u list.ndb -o list.ndb.zsync list.ndb) >/dev/null 2>&1
}
bring() { # [OPTION...]: status, mode, and whether it is the server's
  (cd db && timeout 30 zsync "$@" "http://127.0.0.1:$port/list.ndb.zsync") >said 2>&1 </dev/null
  echo "$? $(stat -c %a db/list.ndb) $(cmp -s www/list.ndb db/list.ndb && echo new || echo old)"
}
scan() { # status of a scan as another user
  echo nothing >sample
  setpriv --reuid=65534 --regid=65534 --clear-groups clamscan --no-summary -d db sample >scanned 2>&1
  echo $?
}
publish 3000
cp www/list.ndb db/
seen 'before: mode, clamscan as nobody' '644 0' "$(stat -c %a db/list.ndb) $(scan)"
publish 4000
seen 'after an update: status, mode' '0 600 new' "$(bring)"
seen 'clamscan as nobody' 2 "$(scan)"
chmod 644 db/list.ndb
seen 'after chmod' 0 "$(scan)"
seen 'an update without a change' '0 600 new' "$(bring)"
rm db/*
seen 'a first download' '0 600 new' "$(bring)"
rm db/*
seen 'with -o' '0 600 new' "$(bring -o list.ndb)"
of_two() { case $1 in "$2" | "$3") echo "$2 or $3" ;; *) echo "$1" ;; esac; }
rm db/*
seen 'five hours west' '0 600 new' "$(TZ=WEST5 bring)"
seen '12:00 of the server' '17:00 or 16:00' "$(of_two "$(date -r db/list.ndb +%R)" 17:00 16:00)"
rm db/*
seen 'two hours east' '0 600 new' "$(TZ=EAST-2 bring)"
seen '12:00 of the server' '10:00 or 09:00' "$(of_two "$(date -r db/list.ndb +%R)" 10:00 09:00)"
the_end
