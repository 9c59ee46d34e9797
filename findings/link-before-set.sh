#!/bin/bash
# rsync and Syncthing: a folder in which a link is switched to a new folder beside it. Seen with rsync 3.5.0, syncthing 1.19.2
# (Debian 12).
#
# Guess: rsync goes by the names, and with --delay-updates puts everything in place at the end; Syncthing makes a link when what
#   it leads to is there. `zcurrent` would be safe with either, `current` with --delay-updates.
# Behaviour: the link is switched first, whatever its name, and leads to a folder of unfinished files for as long as their transfer
#   takes, for good where it is broken off. rsync takes what is no folder before the folders beside it, and --delay-updates
#   delays files only, no links. Syncthing makes folders and links at once, and fetches contents afterwards.
# Output: the link leads to folder 2 while main.cvd is not in it: rsync, rsync --delay-updates, Syncthing.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian syncthing 1.19.2~ds1-1+b4
export HOME=$T STNORESTART=1 STNOUPGRADE=1

mkdir from to from/.stfolder to/.stfolder
publish() { # NUMBER: a set, then the link
  mkdir "from/$1"
  head -c 8000000 /dev/urandom >"from/$1/main.cvd"
  ln -s "$1" from/new
  mv -T from/new from/zcurrent
}
leads_to() { [ "$(readlink to/zcurrent)" = "$1" ]; }
whole() { leads_to "$1" && cmp -s "from/$1/main.cvd" to/zcurrent/main.cvd; }
meanwhile() { [ -e to/zcurrent/main.cvd ] && echo 'its file is there' || echo 'its file is not there'; }
slowly() { # OPTION...: a new set comes by rsync, in some two seconds
  rm -rf from/[0-9] to/[0-9] to/zcurrent
  publish 1
  rsync -a from/ to/
  publish 2
  rsync -a --bwlimit=4000 "$@" from/ to/ &
  started+=($!)
  until_true leads_to 2
  seen "rsync $*: the link leads to the new set, and" 'its file is not there' "$(meanwhile)"
  wait "${started[-1]}"
  seen "rsync $*: afterwards" whole "$(whole 2 && echo whole)"
}
slowly
slowly --delay-updates

for side in from to; do
  syncthing generate --home="$T/home-$side" --no-default-folder >generate.log 2>&1 || absent 'syncthing does not start'
done
from=$(syncthing --home="$T/home-from" --device-id) to=$(syncthing --home="$T/home-to" --device-id)
at_from=$(free_port) at_to=$(free_port)
start_syncthing() { # SIDE PORT: with 500 kB/s
  printf '%s\n' '<configuration version="36">' \
    "<folder id='sets' path='$T/$1' type='sendreceive' fsWatcherEnabled='true' fsWatcherDelayS='1'>" \
    "<device id='$from'/><device id='$to'/><minDiskFree unit='%'>0</minDiskFree></folder>" \
    "<device id='$from' name='from'><address>tcp://127.0.0.1:$at_from</address></device>" \
    "<device id='$to' name='to'><address>tcp://127.0.0.1:$at_to</address></device>" '<gui enabled="false"/>' \
    "<options><listenAddress>tcp://127.0.0.1:$2</listenAddress><globalAnnounceEnabled>false</globalAnnounceEnabled>" \
    '<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>' \
    '<urAccepted>-1</urAccepted><crashReportingEnabled>false</crashReportingEnabled>' \
    '<reconnectionIntervalS>1</reconnectionIntervalS><maxSendKbps>2000</maxSendKbps>' \
    '<limitBandwidthInLan>true</limitBandwidthInLan></options></configuration>' >"home-$1/config.xml"
  background syncthing serve --home="$T/home-$1" --no-browser >"$1.log" 2>&1
}
start_syncthing from "$at_from"
start_syncthing to "$at_to"
joined() { grep -q 'Established secure connection' to.log && grep -q 'Established secure connection' from.log; }
until_true joined
publish 3
until_true leads_to 3
seen 'Syncthing: the link leads to the new set, and' 'its file is not there' "$(meanwhile)"
until_true whole 3
seen 'Syncthing: afterwards' whole "$(whole 3 && echo whole)"
the_end
