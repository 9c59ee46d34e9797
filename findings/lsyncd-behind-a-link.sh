#!/bin/bash
# lsyncd: a source that is a link, as `current`. Seen with lsyncd 2.2.3 and rsync 3.5.0 (Debian 12).
#
# Guess: when the link is switched the mirror follows, or lsyncd says that its source is another one.
# Behaviour: the link is followed once, at the start. After the switch the mirror stays at the old set, whatever is done in the new
#   one, and the log has nothing. When the old set is removed, as it is after some days, rsync ends with 23, which the log calls
#   "Normal"; lsyncd goes on, and the mirror keeps the old files. Only its next start copies the new set. With the folder above
#   as the source a switch arrives.
# Output: the mirror has the set of the start after the switch, after a change and after the removal, with lsyncd at work.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian lsyncd 2.2.3-1+b1

mkdir -p sets/1 sets/2
echo one >sets/1/daily.ndb
echo second >sets/2/daily.ndb
ln -s 1 sets/current
start_lsyncd() { # SOURCE TARGET
  printf '%s\n' "settings { logfile = '$T/$2.log', statusFile = '$T/$2.status', nodaemon = true }" \
    "sync { default.rsync, source = '$T/$1', target = '$T/$2/', delay = 1 }" >"$2.lua"
  mkdir -p "$2"
  background lsyncd "$2.lua" >/dev/null 2>&1
  until_true grep -q 'Startup of.* finished' "$2.log"
  id=${started[-1]}
}
start_lsyncd sets whole
start_lsyncd sets/current copy
seen 'at first' one "$(cat copy/daily.ndb)"
lines=$(wc -l <copy.log)
ln -s 2 sets/new && mv -T sets/new sets/current
echo more >sets/2/more.ndb
came() { [ "$(cat whole/current/daily.ndb)$(cat whole/2/more.ndb)" = secondmore ]; }
until_true came
sleep 3
seen 'after the switch and a new file' 'daily.ndb: one' "$(cd copy && grep -H . *.ndb | sed 's/:/: /')"
seen 'new lines in its log' 0 "$(($(wc -l <copy.log) - lines))"
rm -r sets/1
until_true grep -q exitcode copy.log
seen 'after the removal' 'daily.ndb: one' "$(cd copy && grep -H . *.ndb | sed 's/:/: /')"
seen 'what the log says' 'Normal: Finished a list after exitcode: 23' "$(grep -o 'Normal: .*exitcode.*' copy.log | head -n 1)"
seen 'lsyncd is at work' yes "$(kill -0 "$id" && echo yes || echo no)"
kill "$id" && wait "$id" 2>/dev/null
rm copy.log
start_lsyncd sets/current copy
seen 'after its next start' 'second more' "$(cat copy/daily.ndb copy/more.ndb | paste -sd' ')"
the_end
