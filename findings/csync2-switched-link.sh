#!/bin/bash
# csync2: a link that is switched, as `current`. Seen with csync2 2.0 (Debian 12).
#
# Guess: a link that leads elsewhere is a change like any other, and is sent with the next run.
# Behaviour: csync2 remembers of a link that it is one, not where it leads ("type=lnk:target=", with nothing behind it), and sends
#   what it remembers otherwise. The link is sent once, when it is new. A switch is no change: status 0, no error, and `-T`,
#   which is to tell of differences, ends with 2 (none), while new sets arrive and old ones are removed, so that the link on
#   the other host leads to an older set, and in the end to none. `-fr`, which calls everything changed, does not help: the
#   other host compares in the same way. What does: to take the link away, run csync2, make the new link, and run it again.
# Output: status 0 and the first target, after a switch, after `-fr`, and when that set is gone on both hosts.
. "$(dirname "$0")/lib/setup.sh"
debian csync2 2.0-42-g83b3644-2

port=$(free_port)
mkdir -p one/etc one/db one/tree/20261129.001 other/etc other/db other/tree
for host in one other; do
  printf '%s\n' 'nossl * *;' "group sets { host 127.0.0.71 127.0.0.72; key $T/key; include %tree%; auto first; }" \
    "prefix tree { on 127.0.0.71: $T/one/tree; on 127.0.0.72: $T/other/tree; }" >$host/etc/csync2.cfg
done
csync2 -k key
CSYNC2_SYSTEM_DIR=$T/other/etc background csync2 -ii -N 127.0.0.72 -D "$T/other/db" -p "$port" >server.log 2>&1
other_listens() { (exec 3<>"/dev/tcp/127.0.0.72/$port") 2>/dev/null; }
until_true other_listens
csync() { CSYNC2_SYSTEM_DIR=$T/one/etc timeout 30 csync2 -N 127.0.0.71 -D "$T/one/db" -p "$port" "$@" >>said 2>&1; }
: >said
state() { # the status before, where the link on the other host leads, and the sets there
  echo "$? $(readlink other/tree/current) of $(cd other/tree && ls -d 2* | paste -sd' ')"
}
use() { ln -s "$1" one/tree/new && mv -T one/tree/new one/tree/current; }

echo one >one/tree/20261129.001/daily.ndb
use 20261129.001
csync -x
seen 'at first' '0 20261129.001 of 20261129.001' "$(state)"
sleep 1.2
mkdir one/tree/20261130.001
echo second >one/tree/20261130.001/daily.ndb
use 20261130.001
csync -x
seen 'after a new set and the switch' '0 20261129.001 of 20261129.001 20261130.001' "$(state)"
csync -T
seen 'differences that it knows of (2: none)' 2 "$?"
csync -fr "$T/one/tree" && csync -x
seen 'after everything was called changed' '0 20261129.001 of 20261129.001 20261130.001' "$(state)"
rm -r one/tree/20261129.001
csync -x
seen 'after the old set was removed' '0 20261129.001 of 20261130.001' "$(state)"
seen 'is there anything behind the link' no "$([ -e other/tree/current ] && echo yes || echo no)"
seen 'what it remembers' 'type=lnk:target=' \
  "$(CSYNC2_SYSTEM_DIR=$T/one/etc csync2 -N 127.0.0.71 -D "$T/one/db" -L 2>&1 | grep current | grep -o 'type=[^[:space:]]*')"
seen 'what it has said' '' "$(cat said)"
rm one/tree/current
csync -x
ln -s 20261130.001 one/tree/current
csync -x
seen 'after it was taken away, and made anew, with a run for each' '0 20261130.001 of 20261130.001' "$(state)"
the_end
