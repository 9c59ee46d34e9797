#!/bin/bash
# amavisd: what X-Virus-Scanned means. Seen with amavisd-new 2.13.0, clamav-daemon 1.4.6 (Debian 12).
#
# Guess: a mail that has the header was looked at by a scanner, and not found in the definitions.
# Behaviour: each mail has it that amavisd did not leave out by `@bypass_virus_checks_maps`: also while clamd is away, and
#   where no scanner is configured at all, "Passed CLEAN". Nor was all of the mail looked at: clamd gets the decoded parts, so
#   that a signature for mails (target 4) or for a header finds nothing, unless `@keep_decoded_original_maps` has
#   `qr/^MAIL$/`, which is a comment in Debian's defaults. A rule behind amavisd that goes by the header goes by nothing.
# Output: the header in each mail that was delivered: clean; header that has a signature; clamd away; no scanner. With the
#   original kept that second mail is dropped.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/amavis.sh"

printf 'hello definition' >sample
printf 'nothing of it' >clean
mkdir db
echo "$(md5sum <sample | cut -d' ' -f1):16:Example" >db/example.hdb
echo "header:4:*:$(printf 'Subject: wanted subject' | od -An -tx1 | tr -d ' \n')" >db/header.ndb
mail_with sample found text
mail_with clean harmless text
mail_with clean subject 'wanted subject'
# outcome NAME: of that mail, and the header that it has.
outcome() {
  : >taken
  echo "$(sent "$1")$(sed -n 's/^X-Virus-Scanned: .*/, X-Virus-Scanned/p' taken)"
}
marked='delivered, X-Virus-Scanned'
stop() { kill "$1" && wait "$1" 2>/dev/null; }
start_clamd 'SelfCheck 0'
clamd=${started[-1]}
start_amavis "@av_scanners = ($clamd_scanner);" '@keep_decoded_original_maps = (new_RE(qr/^MAIL$/));'
seen 'original kept: signature of a header' dropped "$(outcome subject)"
seen 'a clean mail' "$marked" "$(outcome harmless)"
stop "$amavis"
start_amavis "@av_scanners = ($clamd_scanner);"
seen 'original not kept' "$marked" "$(outcome subject)"
seen 'what clamd says of that mail' 'header.UNOFFICIAL FOUND' "$(scan subject)"
seen 'signature of an attachment' dropped "$(outcome found)"
stop "$clamd"
seen 'that, clamd away' "$marked" "$(outcome found)"
stop "$amavis"
start_amavis
seen 'that, no scanner' "$marked" "$(outcome found)"
stop "$amavis"
start_amavis '@bypass_virus_checks_maps = (1);'
seen 'that, checks bypassed' delivered "$(outcome found)"
stop "$amavis"
the_end
