#!/bin/bash
# logrotate: a configuration that others may write. Seen with logrotate 3.21.0 (Debian 12).
#
# Guess: it is read, or refused with a status that a timer or cron job shows.
# Behaviour: a file that its group may write (mode 664, as a umask of 002 or a checkout makes it) is passed over as a whole,
#   with status 0, also with --force: a line on stderr is all, which under logrotate.timer goes into the journal, and the
#   logs grow. A mistake in a file, on the other hand, is status 1.
# Output: status 0 and nothing rotated, "Ignoring example because it is writable by group or others"; with 644 it is.
. "$(dirname "$0")/lib/setup.sh"
debian logrotate 3.21.0-1

mkdir -m 755 logs conf.d
echo text >logs/daemon.log
printf '%s\n' "$T/logs/daemon.log {" ' size 1' ' rotate 3' ' copytruncate' '}' >conf.d/example
echo "include $T/conf.d" >main.conf
chmod 644 main.conf
rotate() { # MODE OPTION...
  chmod "$1" conf.d/example
  logrotate -s "$T/state" "${@:2}" main.conf >out 2>&1
  echo "status $?, $([ -e logs/daemon.log.1 ] && echo rotated || echo untouched)"
}
seen 'mode 664' 'status 0, untouched' "$(rotate 664)"
seen 'what it says' 1 "$(grep -c 'Ignoring example because it is writable by group or others' out)"
seen 'mode 664, --force' 'status 0, untouched' "$(rotate 664 --force)"
seen 'mode 644' 'status 0, rotated' "$(rotate 644)"
rm logs/daemon.log.1
echo ' no-such-word' >>conf.d/example
seen 'a mistake in it' 'status 1, untouched' "$(rotate 644)"
the_end
