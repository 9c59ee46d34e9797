#!/bin/bash
# unison: a root that is a link, as `current`. Seen with unison 2.52.1 (Debian 12).
#
# Guess: after the link was switched the other side gets what is new, loses what is gone, and has what was changed.
# Behaviour: unison takes the folder behind the link for the root. After a switch that is another root, of which it knows nothing:
#   what is on one side only is new and goes to the other, what differs is a conflict and stays. So lists that are in the old set
#   only come back into the set that is live, on the side where nobody changed anything, and a list that was changed is not sent.
#   The status is 1, "skipped"; where no list of the same name differs it is 0. With the folder above as root, and the link in
#   it, a switch arrives as it is.
# Output: status 1, the withdrawn list in the live set, the changed one old on the other side; status 0 with other names.
. "$(dirname "$0")/lib/setup.sh"
debian unison-2.52 2.52.1-1
export HOME=$T UNISON=$T/unison

# sets LIST: two sets, of which the second does not have old.ign2 any more, has new.ndb and changes LIST
sets() {
  rm -rf sets there unison
  mkdir -p sets/1 sets/2 there
  echo 'of the first' >sets/1/daily.ndb
  [ "$1" = daily.ndb ] || cp sets/1/daily.ndb sets/2/
  echo 'of the second' >"sets/2/$1"
  echo exception >sets/1/old.ign2
  ln -s 1 sets/current
}
use() { ln -s "$1" sets/new && mv -T sets/new sets/current; }
sync() { # ROOT: its status
  timeout 30 unison-2.52 -batch -auto -ui text "$T/$1" "$T/there" >said 2>&1 </dev/null
  echo $?
}
both() { # the names in the live set, and there
  echo "$(ls sets/2 | paste -sd' '); $(ls there | paste -sd' ')"
}
sets daily.ndb
seen 'at first: status, there' '0 daily.ndb old.ign2' "$(sync sets/current) $(ls there | paste -sd' ')"
use 2
seen 'after the switch: status' 1 "$(sync sets/current)"
seen 'names in the live set; there' 'daily.ndb old.ign2; daily.ndb old.ign2' "$(both)"
seen 'the list that was changed, there' 'of the first' "$(cat there/daily.ndb)"
seen 'what it says of it' 'skipped: daily.ndb (contents changed on both sides)' "$(grep -o 'skipped: .*' said)"
sets new.ndb
seen 'with a new list instead: status at first' 0 "$(sync sets/current)"
use 2
seen 'after the switch: status' 0 "$(sync sets/current)"
seen 'names in the live set; there' 'daily.ndb new.ndb old.ign2; daily.ndb new.ndb old.ign2' "$(both)"
sets daily.ndb
seen 'the folder above: status at first' 0 "$(sync sets)"
use 2
seen 'after the switch: status, the set there, its names' '0 of the second daily.ndb' \
  "$(sync sets) $(cat there/current/daily.ndb) $(ls there/current)"
the_end
