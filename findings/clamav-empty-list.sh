#!/bin/bash
# ClamAV: a database file of zero bytes. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: a list without signatures adds nothing and harms nothing; or else every empty file is refused alike.
# Behaviour: it depends on the extension. Empty .hdb, .hsb, .ndb, .ldb, .cdb, .fp, .sfp, .idb, .ftm stop the whole
#   engine (status 2, no signature of any other file is loaded); empty .ign2, .wdb, .pdb, .crb, .yar are passed over. So
#   emptying the last exception out of a .fp takes the scanner down, out of an .ign2 it does not. One comment line cures
#   the former (not .ftm); one blank line is an error in either.
# Output: "cli_loadhash: Empty database file", "ERROR: Malformed database", status 2.
# Matters to: whoever fetches third-party lists (providers do publish empty ones) or edits lists by program.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null || absent clamscan

printf 'a sample\n' >sample
status() { # EXTENSION CONTENT: of a scan with one good list and this one
  rm -rf db && mkdir db
  sigtool --md5 sample | sed 's/:sample$/:Sample.Known/' >db/good.hdb
  printf "$2" >"db/other.$1"
  clamscan --no-summary -d db sample >out 2>&1
  echo $?
}
for kind in hdb hsb ndb ldb cdb fp sfp idb ftm; do seen "empty .$kind" 2 "$(status $kind '')"; done
for kind in ign2 wdb pdb crb yar; do seen "empty .$kind" 1 "$(status $kind '')"; done
for kind in hdb ndb ldb fp idb; do seen "a comment alone in .$kind" 1 "$(status $kind '# nothing\n')"; done
for kind in hdb ndb ldb fp ign2; do seen "a blank line in .$kind" 2 "$(status $kind '\n')"; done
the_end
