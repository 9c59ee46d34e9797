#!/bin/bash
# Nagios and passive results that are written while it does not run. Seen with nagios4-core 4.4.6 (Debian 12).
#
# Guess: who writes into the command file while Nagios is away gets an error, and Nagios makes its pipe anew when it starts.
# Behaviour: by `>` a plain file is made where no pipe is, status 0 (after a stop by Debian's unit, which removes the pipe; in a
#   container; before the first start). Nagios does not replace it: it starts, says so in one line of its log, and runs on
#   deaf: that result and all later ones go into the file, each over the
#   one before, status 0, and the service stays PENDING, which is OK by its number.
#   `nagios4 -v` finds nothing. Debian's unit removes the file before the start, so that only that result is lost. Where the
#   pipe is left from before (a stop that no unit cleans up after) the writer waits until Nagios is back.
#   A `test -p` before, and a bound in time, keep a writer from both.
# Output: 0 for each writer beside a plain file, the last result in that file, state 0 without text; with a pipe the state 2;
#   124 for a writer at a pipe that was left.
. "$(dirname "$0")/lib/setup.sh"
debian nagios4-core 4.4.6-4+deb12u2

who=nobody group=nogroup
[ "$(id -u)" = 0 ] || { who=$(id -un) group=$(id -gn); }
mkdir spool rw
cat >nagios.cfg <<E
log_file=$T/nagios.log
cfg_file=$T/objects.cfg
object_cache_file=$T/objects.cache
status_file=$T/status.dat
status_update_interval=1
nagios_user=$who
nagios_group=$group
check_external_commands=1
command_file=$T/rw/nagios.cmd
lock_file=$T/nagios.lock
temp_file=$T/nagios.tmp
temp_path=$T
check_result_path=$T/spool
state_retention_file=$T/retention.dat
query_socket=$T/rw/nagios.qh
use_syslog=0
check_for_updates=0
E
# define KIND LINE...: one object.
define() { printf '%s\n' "define $1 {" "${@:2}" '}'; }
every=$(for day in sunday monday tuesday wednesday thursday friday saturday; do echo "$day 00:00-24:00"; done)
common=('max_check_attempts 1' 'active_checks_enabled 0' 'check_command none' 'check_period always' 'contacts example' \
  'notification_period always')
{
  define timeperiod 'timeperiod_name always' 'alias always' "$every"
  define command 'command_name none' 'command_line /bin/true'
  define contact 'contact_name example' 'host_notification_period always' 'service_notification_period always' \
    'host_notification_commands none' 'service_notification_commands none'
  define host 'host_name example' 'address 127.0.0.1' "${common[@]}"
  define service 'host_name example' 'service_description definitions' "${common[@]}"
} >objects.cfg
[ "$(id -u)" != 0 ] || chown -R "$who" "$T"

# result TEXT: CRITICAL, as a job hands it over; the status of the writer, which is given 3 s.
result() {
  line="[$(date +%s)] PROCESS_SERVICE_CHECK_RESULT;example;definitions;2;$1" \
    timeout 3 bash -c 'echo "$line" >rw/nagios.cmd'
  echo $?
}
# start_nagios, stop_nagios: the program itself, without a unit.
start_nagios() {
  rm -f status.dat
  background nagios4 nagios.cfg >nagios.out 2>&1
  nagios=${started[-1]}
  until_true grep -q servicestatus status.dat
  until_true test -e rw/nagios.cmd
}
stop_nagios() { kill "$nagios" && wait "$nagios" 2>/dev/null; }
# state: of the service, and the text with it.
state() {
  sleep 3
  awk '/^servicestatus/ { on = 1 } on && /^\tcurrent_state=|^\tplugin_output=/ { sub(/.*=/, ""); print } /}/ { on = 0 }' status.dat |
    paste -sd' '
}
seen 'a result before Nagios runs' 0 "$(result first)"
seen 'what is there now' 'regular file' "$(stat -c %F rw/nagios.cmd)"
seen 'the check of the configuration' 0 "$(nagios4 -v nagios.cfg >/dev/null; echo $?)"
start_nagios
seen 'a result while it runs' 0 "$(result second)"
seen 'the service' '0 ' "$(state)"
seen 'in the file' second "$(sed 's/.*;//' rw/nagios.cmd | paste -sd' ')"
seen 'in the log' 'Could not create external command file' "$(grep -om1 'Could not create external command file' nagios.log)"
stop_nagios
rm rw/nagios.cmd
start_nagios
seen 'with a pipe' "fifo, 0, 2 third" "$(stat -c %F rw/nagios.cmd), $(result third), $(state)"
stop_nagios
seen 'a writer at a pipe that was left' 124 "$(result fourth)"
the_end
