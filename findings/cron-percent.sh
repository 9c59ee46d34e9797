#!/bin/bash
# systemd-cron and bcron: `%` in a command. Seen with systemd-cron 1.15.19 and bcron 0.11 (Debian 12).
#
# Guess: as in crontab(5) of cron: the first `%` ends the command and what follows is its input, `\%` is a `%`.
# Behaviour: neither knows `%`. The command goes to the shell as it is written, backslash and all: in quotes `'50\%'` keeps its
#   backslash, so that a path or a date format is another one; what was to be input becomes part of the command.
# Output: the command of both holds `'50\%'`, and `%two` behind the first word.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/crons.sh"
printf '%s\n' "0 6 * * * root printf one%two '50\\%'" >table
timers table
seen 'systemd-cron' "printf one%two '50\\%'" "$(cat units/*.sh)"
plan table
seen 'bcron' "printf one%two '50\\%'" "$(sed -n 's/.* cmd:(\(.*\))$/\1/p' plan)"
the_end
