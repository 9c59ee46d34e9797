#!/bin/bash
# mtree and integrit: a list that is gone. Seen with mtree-netbsd 20180822 and integrit 4.1 (Debian 12).
#
# Guess: a check of a folder against what was noted of it fails when one of its files is missing, or one is there that was not;
#   mtree has the status 2 for that by its manual: "the file hierarchy did not match the specification".
# Behaviour: mtree prints a line for either and ends with 0; only a file whose bytes differ makes it 2. So a set without its
#   database passes, and one in which an .ign2 lies that takes signatures away. `integrit -c` does not look for what is missing at
#   all, which it says in its last line, and ends with 0; an added file makes it 1. With `-c -u` it does look: 1. As a condition in a
#   script mtree has to be asked for its output, integrit with both options.
# Output: 0 for a file that is missing, from both; 0 for an added one from mtree.
. "$(dirname "$0")/lib/setup.sh"
debian mtree-netbsd 20180822-7
debian integrit 4.1-3

fresh() {
  rm -rf set
  mkdir set
  echo a >set/daily.ndb
  echo b >set/main.ndb
}
fresh
mtree -c -k sha256,size,type -p set >specification
printf '%s\n' "root=$T/set" "known=$T/known" "current=$T/known.new" >integrit.conf
integrit -C integrit.conf -u >/dev/null 2>&1 && mv known.new known || absent 'integrit takes no note'
by_mtree() { # its status and last line
  mtree -p set -f specification >said 2>&1
  echo "$? $(tail -n 1 said)"
}
by_integrit() { # OPTION...: its status, and what it says of a file
  integrit -C integrit.conf "$@" >said 2>error
  echo "$? $(grep -oE '^(missing|new) ?:' said | head -n 1)"
}
seen 'mtree, all as it was' '0 ' "$(by_mtree)"
rm set/daily.ndb
seen 'mtree, a file is missing' '0 missing: ./daily.ndb' "$(by_mtree)"
seen 'integrit -c' '0 ' "$(by_integrit -c)"
seen 'what it says' 'integrit: not doing update, so no check for missing files' "$(cat error)"
seen 'integrit -c -u' '1 missing:' "$(by_integrit -c -u)"
fresh
echo Example.Name >set/site.ign2
seen 'mtree, a file was added' '0 extra: site.ign2' "$(by_mtree)"
seen 'integrit -c' '1 new:' "$(by_integrit -c)"
fresh
echo other >set/daily.ndb
seen 'mtree, other bytes: status' 2 "$(by_mtree | cut -d' ' -f1)"
seen 'integrit -c: status' 1 "$(by_integrit -c | cut -d' ' -f1)"
the_end
