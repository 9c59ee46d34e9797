#!/bin/bash
# rsync --delay-updates with --delete. Seen with rsync 3.5.0 (Debian 12).
#
# Guess: with --delay-updates everything is prepared aside and put in place at the end, deletions, too.
# Behaviour: new files wait for the end, deletions do not: old files go at the beginning, while the index that names them
#   stays until all that is new has come. For the length of a transfer the mirror has neither the old set nor the new one.
#   Files beside a folder are put in place before those within, so the index goes first there, too. --delete-delay or
#   --delete-after deletes last.
# Output: the old file is removed before the first file is put in place; with --delete-delay after the last one.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
debian strace 6.1-0.1

mkdir -p tree/sets
echo 'the newest is sets/2.zip' >tree/index.txt
echo new >tree/sets/2.zip
order() { # OPTION...: what becomes of names, in order
  rm -rf mirror
  mkdir -p mirror/sets
  echo 'the newest is sets/1.zip' >mirror/index.txt
  touch -d '2 days ago' mirror/index.txt
  echo old >mirror/sets/1.zip
  strace -f -o trace -e trace=rename,renameat,renameat2,unlink,unlinkat rsync -a --delay-updates "$@" tree/ mirror/ >out 2>&1
  sed -n '/= 0$/{s/.*unlink.*"\([^"]*\)", 0).*/removed \1/p; s/.*rename.*"\([^."][^"]*\)",.*"\([^"]*\)".*/placed \2/p}' trace |
    sed 's#[^ ]*/##' | paste -sd,
}
rsync --version >out 2>&1 || absent rsync
order --delete >first
[ -s trace ] || absent 'strace may not trace here'
seen '--delete' 'removed 1.zip,placed index.txt,placed 2.zip' "$(cat first)"
seen '--delete-delay' 'placed index.txt,placed 2.zip,removed 1.zip' "$(order --delete-delay)"
seen '--delete-after' 'placed index.txt,placed 2.zip,removed 1.zip' "$(order --delete-after)"
the_end
