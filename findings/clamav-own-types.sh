#!/bin/bash
# ClamAV: a list of file types (.ftm) beside lists of signatures. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: its lines are added to the types that the engine knows by itself.
# Behaviour: they replace them. Where no other list brings the usual types - the official daily does, a folder of third-party
#   lists does not - one line about an own type is enough, and zip and gzip are no archives any more: what lies in them
#   is not looked at. Nothing is said, the status is that of a clean file.
# Output: a sample is found plain, in .zip and in .gz without the list; plain only with it, status 0 for the archives.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v zip >/dev/null || absent zip
mkdir db && echo 'hello definition sample' >sample
echo "$(md5sum <sample | cut -d' ' -f1):$(stat -c %s sample):Example.Sample" >db/sample.hdb
zip -q sample.zip sample && gzip -k sample
found() { # FILE: what is found in it, and the status
  local said status
  said=$(clamscan -d db --no-summary "$1" 2>&1)
  status=$?
  echo "$status ${said#*: }"
}
seen 'plain' '1 Example.Sample.UNOFFICIAL FOUND' "$(found sample)"
seen 'in a zip' '1 Example.Sample.UNOFFICIAL FOUND' "$(found sample.zip)"
seen 'in a gzip' '1 Example.Sample.UNOFFICIAL FOUND' "$(found sample.gz)"
echo '0:0:45584d50:Example type:CL_TYPE_ANY:CL_TYPE_GRAPHICS' >db/own.ftm
seen 'plain, with a type of our own' '1 Example.Sample.UNOFFICIAL FOUND' "$(found sample)"
seen 'in a zip' '0 OK' "$(found sample.zip)"
seen 'in a gzip' '0 OK' "$(found sample.gz)"
the_end
