#!/bin/bash
# syslog-ng: messages of RFC 5424 with a count of bytes before each, as RFC 6587 wants them over TCP. Seen with syslog-ng 3.38.1
# (Debian 12).
#
# Guess: every source for TCP knows both ways of framing, as rsyslog does, `network()` with flags(syslog-protocol) for certain.
# Behaviour: only `syslog()` does. To `network()` the count is the name of a program and everything behind it is text:
#   priority, host and program are lost, and an error arrives as user.notice. Nothing is refused, nothing is logged.
# Output: "daemon.err example" from syslog(), "user.notice" and a number from network(), with the flag and without.
. "$(dirname "$0")/lib/setup.sh"
debian syslog-ng-core 3.38.1-5+deb12u1
command -v logger >/dev/null || absent logger
library=$(find "${root:-/usr}" -name 'libsyslog-ng-3.38.so*' | head -n 1)
modules=$(dirname "$(find "${root:-/usr}" -name libaffile.so | head -n 1)")
[ -n "$library" ] || absent "syslog-ng's library"
export LD_LIBRARY_PATH=$(dirname "$library"):${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
counted=$(free_port)
plain=$(free_port)
flagged=$(free_port)
cat >syslog-ng.conf <<C
@version: 3.38
template t { template("\$FACILITY.\$LEVEL \$PROGRAM\\n"); };
log { source { syslog(transport("tcp") ip(127.0.0.1) port($counted)); }; destination { file("$T/counted.log" template(t)); }; };
log { source { network(transport("tcp") ip(127.0.0.1) port($plain)); }; destination { file("$T/plain.log" template(t)); }; };
log {
  source { network(transport("tcp") ip(127.0.0.1) port($flagged) flags(syslog-protocol)); };
  destination { file("$T/flagged.log" template(t)); };
};
C
background syslog-ng -F -f syslog-ng.conf -R "$T/persist" -p "$T/pid" -c "$T/control" --module-path "$modules" >out 2>&1
until_true listens "$flagged"
arrives() { # NAME PORT: facility, level and program
  logger --server 127.0.0.1 --port "$2" --tcp --octet-count --rfc5424=notime,notq,nohost -t example -p daemon.err 'it failed'
  until_true test -s "$1.log"
  cat "$1.log"
}
seen 'to syslog()' 'daemon.err example' "$(arrives counted "$counted")"
seen 'to network()' user.notice "$(arrives plain "$plain" | cut -d' ' -f1)"
seen 'to network() with the flag' user.notice "$(arrives flagged "$flagged" | cut -d' ' -f1)"
the_end
