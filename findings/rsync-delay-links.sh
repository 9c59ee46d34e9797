#!/bin/bash
# rsync --delay-updates and a link that is switched. Seen with rsync 3.5.0 (Debian 12).
#
# Guess: with --delay-updates all that is new comes into place at the end, the link among it.
# Behaviour: files are delayed, links are not. A link that leads to another folder now is replaced before the first byte of that
#   folder was sent, and the files in it are put in place after the last one has come: for the whole transfer the link of
#   the copy leads to an empty folder, where without the option it leads to one that fills. A transfer that breaks off leaves
#   it so. Two passes, the first with --exclude of the link, are in order.
# Output: link, then the files put aside, then the files in place; without the option the link is first as well.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian strace 6.1-0.1

mkdir -p sets/1 sets/2
echo old >sets/1/list
echo newer >sets/2/list
order() { # OPTION...: what becomes of link and file, in order
  rm -rf copy
  ln -sfn 1 sets/current
  rsync -a --exclude=2 sets/ copy/
  ln -sfn 2 sets/current
  strace -f -qq -e trace=rename,renameat,renameat2 -o trace rsync -a "$@" sets/ copy/ 2>/dev/null || absent 'strace may not trace here'
  sed -n 's/.*rename.*"\.current.*= 0$/link/p; s/.*rename.*"\.list\..*= 0$/received/p; s/.*rename.*, "list", .*"list".*= 0$/in place/p' \
    trace | paste -sd,
}
seen 'with --delay-updates' 'link,received,in place' "$(order --delay-updates)"
seen 'with --delete-after, too' 'link,received,in place' "$(order --delay-updates --delete-after)"
seen 'without' 'link,received' "$(order)"
the_end
