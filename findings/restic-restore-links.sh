#!/bin/bash
# restic, borg, tar and rsync: restored over files with a second name. Seen with restic 0.14.0, borg 1.2.4, tar 1.34,
# rsync 3.5.0 (Debian 12).
#
# Guess: what is restored takes the place of what is there, and files elsewhere that were not named stay as they are.
# Behaviour: tar, borg and rsync make a new file. restic writes into the one that is there: where sets of several days share what
#   did not change (hard links), or the live folder shares it with a set, or its files or itself are links, the restored bytes
#   are in those other sets, too, which nobody named. Status 0, no line. `--verify` is content. Restored into an empty
#   folder, nothing is touched.
# Output: from restic status 0 and the other set changed, thrice; from the three others status 0 and the other set as it was.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian restic 0.14.0-1+b5
debian borgbackup 1.2.4-1
[ -z "$root" ] || export PYTHONPATH=$root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-} HOME=$T RESTIC_PASSWORD=example
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes

mkdir live
echo 'of yesterday' >live/daily.ndb
restic -q -r restic init && restic -q -r restic backup live && borg init -e none borg && borg create borg::1 live &&
  tar -cf tar live && rsync -a live/ rsync || absent 'the backups cannot be made'
# restored TOOL WAY [OPTION]: status, what is live and what the other set has, where these share a file by that way
restored() {
  local status
  rm -rf live sets
  mkdir -p live sets/2
  echo 'of today, longer' >sets/2/daily.ndb
  case $2 in
    hard) ln sets/2/daily.ndb live/ ;;
    file) ln -s ../sets/2/daily.ndb live/ ;;
    folder) rmdir live && ln -s sets/2 live ;;
  esac
  case $1 in
    restic) restic -q -r restic restore latest --target . ${3:-} ;;
    borg) borg extract borg::1 ;;
    tar) tar -xf tar ;;
    rsync) rsync -a rsync/ live ;;
  esac >said 2>&1
  status=$?
  echo "$status $(cat live/daily.ndb), $(cat sets/2/daily.ndb)"
}
for way in hard file folder; do
  seen "restic, $way" '0 of yesterday, of yesterday' "$(restored restic $way)"
  seen 'what it says' '' "$(cat said)"
done
seen 'restic --verify, hard' '0 of yesterday, of yesterday' "$(restored restic hard --verify)"
for tool in borg tar; do
  for way in hard file folder; do seen "$tool, $way" '0 of yesterday, of today, longer' "$(restored $tool $way)"; done
done
for way in hard file; do seen "rsync, $way" '0 of yesterday, of today, longer' "$(restored rsync $way)"; done
restic -q -r restic restore latest --target empty
seen 'restic, into an empty folder: status' 0 "$?"
the_end
