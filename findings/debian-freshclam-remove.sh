#!/bin/bash
# Debian: `apt remove clamav-freshclam`. Seen with clamav-freshclam 1.4.6 (Debian 12).
#
# Guess: removing (not purging) a package leaves data under /var/lib; clamd goes on with the definitions that are there,
#   and another updater takes over from them.
# Behaviour: the package's script deletes main.cvd, main.cld, daily.cvd, daily.cld and bytecode.cvd at `remove` already;
#   bytecode.cld and other lists stay. A clamd that is started afterwards has nothing official to load (Debian's unit
#   does not even start it). So a package that conflicts with clamav-freshclam costs the definitions before its own
#   first update; masking the service instead does not.
# Output: bytecode.cld and the lists are left.
. "$(dirname "$0")/lib/setup.sh"
[ "$(id -u)" = 0 ] || absent 'root is needed for a mount of its own'
unshare -m true 2>/dev/null || absent 'unshare -m'
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1

script=/var/lib/dpkg/info/clamav-freshclam.postrm
if [ -n "$root" ]; then
  (apt-get download -qq clamav-freshclam >/dev/null 2>&1 && dpkg-deb -e clamav-freshclam_*.deb control) || absent 'clamav-freshclam'
  script=control/postrm
fi
cp "$script" postrm
# An empty /var/lib for this one process: the script sees no other files than these.
unshare -m sh -c '
  mount -t tmpfs none /var/lib && mkdir /var/lib/clamav && cd /var/lib/clamav || exit
  touch main.cvd main.cld daily.cvd daily.cld bytecode.cvd bytecode.cld own.hdb freshclam.dat
  sh "$1/postrm" remove >/dev/null 2>&1
  ls | sort | paste -sd" "' - "$T" >left
seen 'left after remove' 'bytecode.cld freshclam.dat own.hdb' "$(cat left)"
the_end
