#!/bin/bash
# yara: the status of a scan of a folder, or of a list of files. Seen with yara 4.2.3 (Debian 12).
#
# Guess: files that could not be scanned make a status that is not 0, as clamscan has 2 for them.
# Behaviour: for one file, yes: 1 when it cannot be opened or the time of `-a` runs out. For a folder and for `--scan-list` the status is
#   0, whatever became of the files; one that ran out of time ends the scan of that file, and only stderr tells of either. So a clean
#   run by cron that keeps stdout and the status may have looked into nothing.
# Output: 1 for the file, 0 for a folder and a list with nothing else in them; no match is reported in any.
. "$(dirname "$0")/lib/setup.sh"
debian yara 4.2.3-4
[ "$(id -u)" = 0 ] || absent 'root is needed to scan as another user'

echo 'rule example { strings: $a = "text of the sample" condition: $a }' >rules.yar
echo 'rule slow { strings: $a = /(a|b|\x00)+c/ condition: $a }' >slow.yar
mkdir readable closed large
printf 'text of the sample\n' | tee readable/file >closed/file
chmod 600 closed/file
truncate -s 4G large/file
for name in readable closed large; do echo "$name/file" >$name.list; done
chmod -R a+rX rules.yar slow.yar readable large ./*.list
chmod 755 closed
# scan ARGUMENT...: the status, matches, and how many errors stderr has.
scan() {
  setpriv --reuid=65534 --regid=65534 --clear-groups env "PATH=$PATH" "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}" \
    timeout 60 yara "$@" >out 2>err
  echo "$?, matches $(wc -l <out), errors $(grep -c '^error' err)"
}
seen 'a file that can be read' '0, matches 1, errors 0' "$(scan rules.yar readable/file)"
seen 'a folder with it' '0, matches 1, errors 0' "$(scan rules.yar readable)"
seen 'a file that cannot be read' '1, matches 0, errors 1' "$(scan rules.yar closed/file)"
seen 'a folder with it' '0, matches 0, errors 1' "$(scan rules.yar closed)"
seen 'a list with it' '0, matches 0, errors 1' "$(scan --scan-list rules.yar closed.list)"
seen 'a file that takes too long' '1, matches 0, errors 1' "$(scan -a 1 slow.yar large/file)"
seen 'a folder with it' '0, matches 0, errors 1' "$(scan -a 1 slow.yar large)"
seen 'a list with it' '0, matches 0, errors 1' "$(scan -a 1 --scan-list slow.yar large.list)"
the_end
