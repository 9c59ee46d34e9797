#!/bin/bash
# ClamAV: lists of possibly unwanted programs (.hdu .hsu .mdu .msu .ndu .ldu). Seen with clamav 1.4.6 (Debian 12).
#
# Guess: `clamscan -d FOLDER` reads every database there, so a broken one fails the load.
# Behaviour: without `--detect-pua=yes` these files are not even opened: a broken one passes with status 0. A clamd with
#   `DetectPUA yes` and the same folder ends at once. A test load must be made with the switches of the daemon that will
#   use the files.
# Output: clamscan: status 0 without the switch, "Malformed database" and status 2 with it; clamd: "Malformed database",
#   status 1.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

echo sample >sample
mkdir db
sigtool --md5 sample | sed 's/:sample$/:Other/; s/^..../0000/' >db/good.hdb
for kind in hdu hsu mdu msu ndu ldu; do
  echo 'this is no signature' >"db/pua.$kind"
  clamscan --no-summary -d db sample >out 2>&1
  seen ".$kind, clamscan as it is" 0 $?
  clamscan --no-summary --detect-pua=yes -d db sample >out 2>&1
  seen ".$kind, with --detect-pua=yes" 2 $?
  [ $kind = hdu ] || rm "db/pua.$kind"
done
printf '%s\n' "LocalSocket $T/socket" "DatabaseDirectory $T/db" 'Foreground yes' 'DetectPUA yes' "User $(id -un)" >clamd.conf
timeout 30 clamd -c clamd.conf >out 2>&1
seen 'clamd with DetectPUA' '1 Malformed' "$? $(grep -o Malformed out | head -1)"
the_end
