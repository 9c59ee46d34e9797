#!/bin/bash
# freshclam: a mirror without patches (.cdiff). Seen with clamav-freshclam 1.4.6 (Debian 12) and ClamAV's own test databases.
#
# Guess: where a patch is not there the whole database is fetched.
# Behaviour: only where the first patch of two or more is not there. One version behind, freshclam says that the server
#   will have the patch in a few hours and ends with 0, as often as it is run; with some of the patches it stops behind the
#   last that is there, and calls that an update. An empty patch, or one that does not fit, makes it fetch the whole. So
#   clients of a mirror that has no patches get every second version.
# Output: version 3 where 4 is there, status 0; version 4 for who has version 2, and with an empty patch.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-freshclam 1.4.6+dfsg-0+deb12u1
command -v freshclam >/dev/null || absent freshclam
vectors

mkdir www && cp "$vectors/test-4.cvd" www/test.cvd
serve www
freshclam_conf "DatabaseMirror http://127.0.0.1:$port"
update() { # VERSION that is installed
  rm -f db/* && cp "$vectors/test-$1.cvd" db/test.cvd
  again
}
again() {
  run_freshclam --update-db=test
  echo "status $?, version $(head -c 512 db/test.c[lv]d | cut -d: -f3)"
}
seen 'one version behind' 'status 0, version 3' "$(update 3)"
seen 'it says' "doesn't have the latest patch" "$(grep -o "doesn't have the latest patch" out)"
seen 'the next day' 'status 0, version 3' "$(again)"
seen 'two versions behind' 'status 0, version 4' "$(update 2)"
cp "$vectors/test-3.cdiff" www
seen 'with the first of two patches' 'status 0, version 3' "$(update 2)"
: >www/test-4.cdiff
seen 'one version behind, an empty patch' 'status 0, version 4' "$(update 3)"
the_end
