#!/bin/bash
# amavisd: a second scanner beside clamd, while clamd is away. Seen with amavisd-new 2.13.0, clamav-daemon 1.4.6 (Debian 12).
#
# Guess: a second entry in `@av_scanners` adds to the first: a mail is clean when both have said so, and where one of them
#   fails the backups are asked, or the mail is marked as unchecked.
# Behaviour: one answer is enough. Where any scanner of `@av_scanners` has called a mail clean, that clamd failed is a line in
#   the log and no more: `@av_scanners_backup` is not asked, and the mail is "Passed CLEAN", without the mark that it has
#   where clamd is the only one. So a scanner beside that looks for something else (file names, macros) takes the
#   backup away. Both are asked in turn where the first has found nothing.
# Output: with clamd there the sample is dropped. With clamd away: alone, delivered as ***UNCHECKED***; with a backup that
#   finds it, dropped; with that backup and a second scanner that does not know it, delivered as clean, backup not asked.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
. "$here/lib/amavis.sh"

printf 'hello definition' >sample
mkdir db
echo "$(md5sum <sample | cut -d' ' -f1):16:Example" >db/example.hdb
mail_with sample mail text
printf '%s\n' '#!/bin/sh' 'echo clean' >second
printf '%s\n' '#!/bin/sh' 'echo "part: Example FOUND"' 'exit 1' >backup
chmod 755 second backup
second="['Second', '$T/second', '{}', [0], [1], qr/: (.*) FOUND\$/m]"
backup="@av_scanners_backup = (['Backup', '$T/backup', '{}', [0], [1], qr/: (.*) FOUND\$/m]);"
# outcome LINE...: of the mail, with this configuration.
outcome() {
  rm -f amavis/log
  start_amavis '$log_level = 1;' "$@"
  echo "$(sent mail)$(sed -n 's/^Subject: \(.*\)\r/, \1/p' taken)$(sed -n 's/.*) \(Passed [A-Z]*\) {.*/, \1/p' amavis/log)"
  kill "$amavis" && wait "$amavis" 2>/dev/null
}
start_clamd 'SelfCheck 0'
seen 'clamd there' dropped "$(outcome "@av_scanners = ($clamd_scanner);")"
seen 'clamd there, second scanner before it' dropped "$(outcome "@av_scanners = ($second, $clamd_scanner);")"
kill "${started[-1]}" && wait "${started[-1]}" 2>/dev/null
seen 'clamd away' 'delivered, ***UNCHECKED*** text, Passed UNCHECKED' "$(outcome "@av_scanners = ($clamd_scanner);")"
seen 'backup' dropped "$(outcome "@av_scanners = ($clamd_scanner);" "$backup")"
seen 'backup and second scanner' 'delivered, text, Passed CLEAN' "$(outcome "@av_scanners = ($clamd_scanner, $second);" "$backup")"
the_end
