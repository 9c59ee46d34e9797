#!/bin/bash
# anacron: a job that fails. Seen with anacron 2.3 (Debian 12).
#
# Guess: it counts as not done and is tried again when anacron runs next (hourly, and after each start of the machine).
# Behaviour: it counts as done as soon as it has ended, whatever its status, killed by a signal as well: no further try
#   until the period is over, which for cron.daily is the next day and for cron.weekly the next week. anacron itself ends
#   with 0. Without a mail program the status is told on stderr of `-d` only.
# Output: one run of each job in two runs of anacron, status 0, today's date in the time stamps.
. "$(dirname "$0")/lib/setup.sh"
debian anacron 2.3-36

mkdir spool
printf '%s\n' "1 0 failing sh -c 'echo run >>$T/failing; exit 1'" "1 0 killed sh -c 'echo run >>$T/killed; kill -9 \$\$'" \
  "7 0 weekly sh -c 'echo run >>$T/weekly; exit 1'" >jobs
run() { anacron -d -s -n -t "$T/jobs" -S "$T/spool" >out 2>&1; echo "status $?"; }
runs() { echo "$(wc -l <failing) $(wc -l <killed) $(wc -l <weekly)"; }
seen 'first run' 'status 0' "$(run)"
seen 'runs of the jobs' '1 1 1' "$(runs)"
seen 'days that are noted' "$(date +%Y%m%d)" "$(cat spool/* | sort -u)"
seen 'second run' 'status 0' "$(run)"
seen 'runs of the jobs' '1 1 1' "$(runs)"
date -d yesterday +%Y%m%d | tee spool/failing spool/killed >spool/weekly
seen 'a day later' 'status 0' "$(run)"
seen 'runs of the jobs' '2 2 1' "$(runs)"
the_end
