#!/bin/bash
# node-cron: day of month and day of week in one expression. Seen with node-cron 4.6.0.
#
# Guess: the rule of cron(8): when both are restricted, either is enough (`0 0 13 * 5`: each 13th and each Friday).
# Behaviour: both must hold: Friday the 13th only, months apart. A line copied from a crontab that ran 64 times a year
#   runs once or twice.
# Output: the next run after 1 January 2027 is Friday 13 August 2027; Debian's cron would run on 1 January, a Friday.
. "$(dirname "$0")/lib/setup.sh"
debian faketime 0.9.10-2.1
packages node-cron@4.6.0
library=$(ls $root/usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -1)
[ -n "$library" ] || absent libfaketime

cat >next.js <<'J'
import { createTask } from 'node-cron'

const task = createTask(process.argv[2], () => {})
task.start()
console.log(task.getNextRun().toISOString().slice(0, 10))
process.exit()
J
next() { LD_PRELOAD=$library FAKETIME_FMT=%s FAKETIME="@$(date -u -d '2026-12-31 12:00:00 UTC' +%s)" node next.js "$1"; }
seen 'Fridays' 2027-01-01 "$(next '0 0 * * 5')"
seen 'each 13th' 2027-01-13 "$(next '0 0 13 * *')"
seen 'both' 2027-08-13 "$(next '0 0 13 * 5')"
the_end
