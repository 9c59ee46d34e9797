#!/bin/bash
# rsyslog's imfile: a log that was rotated by a rename. Seen with rsyslogd 8.2302.0 (Debian 12).
#
# Guess: what was read is kept by inode in the state files, so a log is read to its end under its new name, also after a start of
#   rsyslog, and with a pattern that has both names (`log*`) nothing is read twice.
# Behaviour: with the name alone, what was written while rsyslog did not run and rotated before it starts again is lost, without
#   a word. With a pattern a log that is renamed while rsyslog runs is read a second time from its beginning, all of it.
#   There is no way to have each line once but a pause between the last line and the rotation. A line of more than 8,096
#   bytes loses its end, in silence: JSON is none then.
# Output: name alone: 3 is missing; pattern: 1 and 2 twice; a line of 9,000 bytes has 8,096.
. "$(dirname "$0")/lib/setup.sh"
debian rsyslog 8.2302.0-1+deb12u2

write() { echo "line $1 ${2:-}" >>logs/log; }
start_rsyslog() { # FILE: as its input
  printf '%s\n' "global(workDirectory=\"$T/state\")" 'module(load="imfile")' "input(type=\"imfile\" file=\"$1\" tag=\"log\")" \
    'template(name="short" type="string" string="%msg%\n")' "action(type=\"omfile\" file=\"$T/got\" template=\"short\")" >rsyslog.conf
  background rsyslogd -n -f "$T/rsyslog.conf" -i "$T/pid"
  rsyslog=${started[-1]}
  until_true test -s pid
  sleep 2
}
stop_rsyslog() {
  sleep 2
  kill "$rsyslog"
  wait "$rsyslog"
  rm -f pid
}
got() { cut -d' ' -f2 got | paste -sd' '; }
again() {
  rm -rf logs state got
  mkdir logs state
}
again
write 1
start_rsyslog "$T/logs/log"
write 2
stop_rsyslog
write 3
mv logs/log logs/log.1
write 4
start_rsyslog "$T/logs/log"
write 5 "$(head -c 8993 /dev/zero | tr '\0' x)"
stop_rsyslog
seen 'the name alone, rotated while it was away' '1 2 4 5' "$(got)"
seen 'length of the last line, in the log and of what came' '9000 8096' "$(tail -n 1 logs/log | tr -d '\n' | wc -c) $(tail -n 1 got | tr -d '\n' | wc -c)"
again
write 1
start_rsyslog "$T/logs/log*"
write 2
sleep 2
mv logs/log logs/log.1
write 3
stop_rsyslog
seen 'a pattern, rotated while it runs' '1 2 1 2 3' "$(got)"
the_end
