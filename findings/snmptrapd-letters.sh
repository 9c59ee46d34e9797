#!/bin/bash
# snmptrapd: a text with a letter that is not ASCII. Seen with snmptrapd and snmp 5.9.3 (Debian 12).
#
# Guess: it is printed as it came; UTF-8 is what texts of SNMP are in.
# Behaviour: one such letter, in a path say, makes hexadecimal digits of the whole value, broken over lines of 16 bytes, in the log
#   and for a traphandle program, which gets them in quotes, with nothing that tells them from a text: a search for a word
#   of the message finds it no more. The locale changes nothing. `outputOption a` in snmptrapd.conf
#   keeps text, with a dot for each byte that is not ASCII.
# Output: "50 66 61 64 20 ..." over two lines; with the option "Pfad /srv/Pr..fung fehlt".
. "$(dirname "$0")/lib/setup.sh"
debian snmptrapd 5.9.3+dfsg-2+deb12u1
debian snmp 5.9.3+dfsg-2+deb12u1

export SNMP_PERSISTENT_DIR=$T/state
mkdir state
printf '#!/bin/sh\ncat >>%s\n' "$T/handled" >handler
chmod +x handler
oid=1.3.6.1.4.1.32473.1
receive() { # TEXT LINE... : what a handler is given for it by a snmptrapd with these lines in its configuration
  local port
  port=$(free_port)
  : >handled
  printf '%s\n' 'disableAuthorization yes' "traphandle default $T/handler" "${@:2}" >trap.conf
  background snmptrapd -f -C -c "$T/trap.conf" -m '' -M '' -Lf "$T/log" "udp:127.0.0.1:$port" >out 2>&1
  until_true test -s log
  sleep 1
  snmptrap -m '' -M '' -v 2c -c public "udp:127.0.0.1:$port" 0 "$oid.0.1000" "$oid.1.4.0" s "$1" 2>>out
  until_true grep -q "32473.1.1.4.0 " handled
  sleep 1
  kill "${started[-1]}"
  rm -f log
  sed -n '/32473.1.1.4.0 /,$p' handled | sed 's/.*1\.1\.4\.0 //'
}
text='Pfad /srv/Prüfung fehlt'
seen 'ASCII' '"path /srv/test is gone"' "$(receive 'path /srv/test is gone')"
seen 'UTF-8' '"50 66 61 64 20 2F 73 72 76 2F 50 72 C3 BC 66 75 ;6E 67 20 66 65 68 6C 74 "' "$(receive "$text" | paste -sd';')"
export LC_ALL=C.UTF-8
seen 'in a locale that has it' '"50 66 61 64 20 2F 73 72 76 2F 50 72 C3 BC 66 75 ;6E 67 20 66 65 68 6C 74 "' \
  "$(receive "$text" | paste -sd';')"
seen 'with the option' '"Pfad /srv/Pr..fung fehlt"' "$(receive "$text" 'outputOption a')"
the_end
