#!/bin/bash
# logrotate: a run that ended while it packed. Seen with logrotate 3.21.0 (Debian 12).
#
# Guess: the log that was moved aside is still there beside half a `.gz`, and the next run packs it anew.
# Behaviour: the next run takes that half for an older log and turns it over, and renames the next log over the one that was
#   whole. That one is gone, without a word and with status 0; what is left is what gzip had written. A machine that was
#   switched off, or short of memory, in the seconds of a large log is enough. With `delaycompress` the half file is put
#   aside as `.backup`, with a word, and the log is packed anew.
# Output: of three logs, newest first, `third second half`; with delaycompress all are whole, and logrotate speaks.
. "$(dirname "$0")/lib/setup.sh"
debian logrotate 3.21.0-1

# A packer that ends as a machine does, once: with logrotate, in the middle of what it writes.
cat >pack <<P
#!/bin/sh
[ -e $T/half ] || exec gzip "\$@"
rm $T/half
gzip "\$@" >$T/packed
head -c 2000 $T/packed
kill -9 \$PPID
P
chmod 755 pack
conf() { # [OPTION]: and no logs from before
  rm -rf logs state && mkdir -m 755 logs
  printf '%s\n' "$T/logs/a.log {" ' size 1' ' rotate 9' ' nocreate' ' compress' " compresscmd $T/pack" "$@" '}' >rotate.conf
  chmod 644 rotate.conf
}
turn() { # WORD: a log that ends with this word, and a run; its status, and how many lines it said
  { head -c 3000 /dev/urandom | base64 -w 0 && echo " $1"; } >>logs/a.log
  logrotate -s "$T/state" rotate.conf >out 2>&1
  echo "status $?, said $(wc -l <out)"
}
ends() { # WORD: the same, and the run is killed while it packs
  touch half
  (turn "$1") >/dev/null 2>&1
  [ ! -e half ] || absent 'the packer was not run'
}
kept() { # the words that the logs end with, newest first; `half` for what cannot be unpacked
  for log in $(ls -v logs/a.log.*[0-9z]); do
    if zcat -f "$log" >text 2>/dev/null; then tail -n 1 text | sed 's/.* //'; else echo half; fi
  done | paste -sd' '
}

conf
turn first >/dev/null
turn second >/dev/null
turn third >/dev/null
seen 'three runs' 'third second first' "$(kept)"

conf
ends first 2>/dev/null
seen 'after the one that was killed' 'first half' "$(kept)"
seen 'the next' 'status 0, said 0' "$(turn second)"
seen 'what is left then' 'second half' "$(kept)"
seen 'the one after that' 'status 0, said 0' "$(turn third)"
seen 'what is left in the end' 'third second half' "$(kept)"

conf delaycompress
turn first >/dev/null
ends second 2>/dev/null
seen 'delaycompress: the next' 'status 0, said 1' "$(turn third)"
seen 'delaycompress: its word' 'already exists, renaming to' "$(grep -o 'already exists, renaming to' out)"
seen 'delaycompress: what is left' 'third first' "$(kept)"
the_end
