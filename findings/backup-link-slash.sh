#!/bin/bash
# tar, restic, borg and duplicity: a folder that is named by a link. Seen with tar 1.34, restic 0.14.0, borg 1.2.4 and
# duplicity 0.8.22 (Debian 12).
#
# Guess: `current` is kept as a link, `current/` as the folder behind it, as cp, rsync, zip and find take it.
# Behaviour: all four take the slash away and keep nothing but the link, status 0, without a warning: of the set behind it there
#   is not one byte in the backup. `current/.` helps with tar alone; the others have to be run within the folder, or
#   given its own name.
# Output: with a slash rsync has the file, the four have the link only; with `/.` tar has it as well.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian restic 0.14.0-1+b5
debian borgbackup 1.2.4-1
debian duplicity 0.8.22-1+b3
[ -z "$root" ] || export PYTHONPATH=$root/usr/lib/python3/dist-packages
export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-} HOME=$T RESTIC_PASSWORD=example
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes

mkdir -p sets/1
echo definitions >sets/1/list
ln -s 1 sets/current
# kept_by TOOL PATH: the status, and what is found after it was restored: the file, or the link alone
kept_by() {
  local status
  rm -rf kept restored
  mkdir kept restored
  case $1 in
    rsync) rsync -a "$2" restored/ ;;
    tar) tar -cf kept/tar "$2" ;;
    restic) restic -q -r kept init && restic -q -r kept backup "$2" ;;
    borg) borg init -e none kept && borg create kept::1 "$2" ;;
    duplicity) duplicity full --no-encryption --archive-dir "$T/archive" --name "$RANDOM" "$2" "file://$T/kept" ;;
  esac >said 2>&1
  status=$?
  case $1 in
    tar) tar -xf kept/tar -C restored ;;
    restic) restic -q -r kept restore latest --target restored ;;
    borg) (cd restored && borg extract ../kept::1) ;;
    duplicity) duplicity restore --no-encryption --archive-dir "$T/other" --force "file://$T/kept" restored/all ;;
  esac >>said 2>&1
  if [ -n "$(find restored -name list -type f)" ]; then echo "$status file"; else echo "$status $(find restored -type l | wc -l) link"; fi
}
seen 'rsync, current/' '0 file' "$(kept_by rsync sets/current/)"
for tool in tar restic borg duplicity; do seen "$tool, current/" '0 1 link' "$(kept_by $tool sets/current/)"; done
seen 'tar, current/.' '0 file' "$(kept_by tar sets/current/.)"
for tool in restic borg duplicity; do seen "$tool, current/." '0 1 link' "$(kept_by $tool sets/current/.)"; done
for tool in tar restic borg duplicity; do seen "$tool, the folder itself" '0 file' "$(kept_by $tool sets/1)"; done
the_end
