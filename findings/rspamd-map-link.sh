#!/bin/bash
# rspamd: a map whose path leads through a link. Seen with rspamd 3.4 (Debian 12), on a local file system.
#
# Guess: rspamd looks at the files of its maps every `map_watch_interval`; a file that is another one now is read.
# Behaviour: a map is watched by inotify, on the file itself, and nothing looks at the path again. A map that is written
#   anew or replaced by a rename in its own folder is read within seconds. When a folder above it is a link that is
#   switched to another folder - which is how dated sets become current - nothing happens: the old list stays in force,
#   with not a word in the log, until rspamd reloads (HUP). On network file systems, where it looks by time, it may do
#   better.
# Output: the list replaced by a rename is in force within 20 s; the one that the link leads to is not, and is after HUP.
. "$(dirname "$0")/lib/setup.sh"
case $(stat -f -c %T .) in ext2/ext3 | xfs | btrfs | tmpfs) ;; *) absent 'a temporary folder on a local file system' ;; esac
. "$here/lib/rspamd.sh"

mkdir 1 2
echo first.example >plain.map
echo first.example >1/list.map
echo second.example >2/list.map
ln -s 1 current
start_rspamd 'multimap {' \
  "PLAIN { type = \"from\"; filter = \"email:domain\"; map = \"$T/plain.map\"; symbol = \"PLAIN\"; score = 1; }" \
  "LINKED { type = \"from\"; filter = \"email:domain\"; map = \"$T/current/list.map\"; symbol = \"LINKED\"; score = 1; } }"
printf 'From: a@first.example\nSubject: text\n\ntext\n' >first
printf 'From: a@second.example\nSubject: text\n\ntext\n' >second
listed() { # FILE: the maps that its sender is in
  rspamc -h "127.0.0.1:$port" -F "a@$1.example" symbols "$1" | grep -oE 'PLAIN|LINKED' | sort | paste -sd,
}
seen 'at first' 'LINKED,PLAIN and ' "$(listed first) and $(listed second)"
echo second.example >new.map
mv new.map plain.map
ln -s 2 new
mv -T new current
sleep 20
seen 'both replaced, 20 s later' 'LINKED and PLAIN' "$(listed first) and $(listed second)"
reload_rspamd
seen 'after HUP' ' and LINKED,PLAIN' "$(listed first) and $(listed second)"
the_end
