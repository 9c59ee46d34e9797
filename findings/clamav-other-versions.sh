#!/bin/bash
# ClamAV: signatures for other versions of the engine (functionality levels). Seen with clamav 1.4.6 (Debian 12).
#
# Guess: a list that has nothing for this engine is an error, or a warning says how many lines were left out.
# Behaviour: each such line is passed over in silence, also when none is left: status 0, no output, an engine with 0
#   signatures. A malformed line stops the whole engine, a wildcard size without a level, too.
# Output: "Known viruses: 0" and status 0 for a list of one later and one earlier signature; status 2 for the wildcard.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
mkdir db && echo 'hello definition sample' >sample
tried() { # its status, and how many signatures it has
  local said status
  said=$(clamscan -d db sample 2>"$T/errors")
  status=$?
  echo "$status $(sed -n 's/^Known viruses: //p' <<<"$said")"
}
hex=$(printf 'definition sample' | od -An -tx1 | tr -d ' \n')
printf '%s\n' "Later:0:*:$hex:999" "Earlier:0:*:$hex:1:50" >db/list.ndb
seen 'a list for other versions' '0 0' "$(tried)"
seen 'what it says of that' 0 "$(grep -vc '^$' errors)"
echo "Any:0:*:$hex" >>db/list.ndb
seen 'and one for any' '1 1' "$(tried)"
rm db/*
echo "$(md5sum <sample | cut -d' ' -f1):*:Wildcard" >db/list.hdb
seen 'a wildcard without a level' '2 0' "$(tried)"
the_end
