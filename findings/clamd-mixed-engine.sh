#!/bin/bash
# clamd: a DatabaseDirectory that is a link, switched while a load is under way. Seen with clamav-daemon 1.4.6 (Debian
# 12).
#
# Guess: the link is resolved once, at the start of the load; what is loaded is the one set or the other.
# Behaviour: the folder is listed once, but every file is opened by its path through the link when its turn comes. A
#   switch during a load (at boot, beside another reload) gives an engine of both sets: files read before the switch
#   from the old one, those after it from the new one. The log says "Database correctly reloaded" once. A canary in a
#   file that is read late "proves" the new set while an early list is the old one's, for good. Only a further reload
#   gives a clean engine.
# Output: "Early.Old" and "Late.New" found by one engine.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
command -v clamd >/dev/null && command -v clamdscan >/dev/null || absent 'clamd and clamdscan'

printf 'early text\n' >early
printf 'late text\n' >late
mkdir old new
python3 - >large <<'P'
import random
random.seed(5)
for i in range(400000): print('%064x:%d:Bulk.%d' % (random.getrandbits(256), 4096 + random.randrange(60000), i))
P
# Files are read in the order in which the folder lists them: make one of three whose large file stands in the middle.
for try in $(seq 60); do
  rm -rf trial && mkdir trial
  for name in a$try large$try z$try; do : >"trial/$name.hsb"; done
  set -- $(ls -U trial)
  case $2 in large*) break ;; esac
done
first=$1 middle=$2 last=$3
case $middle in large*) ;; *) absent 'no folder lists the large file in the middle' ;; esac
for set in old new; do # made in the same way, so that they list alike
  name=${set^}
  rm -rf $set && mkdir $set
  for file in a$try large$try z$try; do : >"$set/$file.hsb"; done
  echo "$(sha256sum early | cut -c1-64):11:Early.$name" >"$set/$first"
  cat large >"$set/$middle"
  echo "$(sha256sum late | cut -c1-64):10:Late.$name" >"$set/$last"
  [ "$(ls -U $set | paste -sd' ')" = "$first $middle $last" ] || absent 'the folders list their files in different orders'
done
ln -s old current
start_clamd 'SelfCheck 0' "DatabaseDirectory $T/current"
reload() {
  local before
  before=$(grep -c 'correctly reloaded' log)
  clamdscan -c clamd.conf --reload &
  ${1:-true}
  wait $!
  until_true eval "[ \$(grep -c 'correctly reloaded' log) -gt $before ]"
  sleep 1
}
clamd=$(pgrep -P "${started[0]}")
switch() { # when the large file is read for the second time: the first is a count of the signatures
  python3 - "$clamd" <<'P'
import glob, os, sys, time
def place():
    for link in glob.glob('/proc/%s/fd/*' % sys.argv[1]):
        try:
            if 'large' in os.readlink(link):
                return int(open(link.replace('/fd/', '/fdinfo/')).readline().split()[1])
        except OSError: pass
    return None
end, furthest = time.time() + 20, 0
while time.time() < end:
    now = place()
    if now is not None:
        if now < furthest: break
        furthest = now
    time.sleep(0.002)
os.symlink('new', 'aside'); os.rename('aside', 'current')
P
}
both() { echo "$(scan early) $(scan late)" | sed 's/\.UNOFFICIAL FOUND//g'; }
seen 'before' 'Early.Old Late.Old' "$(both)"
reload switch
seen 'after a switch during a load' 'Early.Old Late.New' "$(both)"
reload
seen 'after one more reload' 'Early.New Late.New' "$(both)"
the_end
