#!/bin/bash
# logrotate: a log with a second name. Seen with logrotate 3.21.0 (Debian 12).
#
# Guess: it is rotated like any other; hard links are for copytruncate to worry about.
# Behaviour: a file with more than one hard link is passed over, without a word and with status 0, also with --force: a
#   backup made of hard links (`cp -al`, rsnapshot on the same disk) stops rotation for good, and the log grows until
#   the disk is full. Only `-v` tells, and `allowhardlink` in the configuration cures it.
# Output: status 0, nothing on stderr, no .1 file.
. "$(dirname "$0")/lib/setup.sh"
debian logrotate 3.21.0-1

mkdir -m 755 logs && echo text >logs/a.log && echo text >logs/b.log
ln logs/a.log logs/backup-of-a
rotate() { logrotate -s "$T/state" "$@" rotate.conf >out 2>&1; echo "status $?, $(ls logs | grep '\.1$' | paste -sd' '), said: $(wc -l <out)"; }
conf() { printf '%s\n' "$T/logs/*.log {" ' size 1' ' rotate 3' ' nocreate' "$@" '}' >rotate.conf; chmod 644 rotate.conf; }
conf
seen 'one of two logs has a second name' 'status 0, b.log.1, said: 0' "$(rotate)"
seen 'with --force' 'status 0, b.log.1, said: 0' "$(rotate --force)"
conf ' allowhardlink'
seen 'with allowhardlink' 'status 0, a.log.1 b.log.1, said: 0' "$(rotate)"
the_end
