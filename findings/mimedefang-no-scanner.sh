#!/bin/bash
# mimedefang: the filter that comes with it, on a host with clamd. Seen with mimedefang 3.3, clamav-daemon 1.4.6 (Debian 12).
#
# Guess: the filter of the package asks for viruses (`message_contains_virus()`), so mail is scanned by the clamd that is
#   installed beside it, and deferred when none is there.
# Behaviour: the package was built where no scanner was, so each is switched off in mimedefang.pl itself, whatever is installed
#   later. Without a scanner the question is answered "ok": all mail passes, and nothing is logged. Only
#   `mimedefang.pl -features` tells (`Virus:CLAMD: no`). Switched on in /etc/mail/mimedefang.pl.conf, clamd is looked for at a
#   socket that Debian's clamd does not have, and all mail is deferred until $ClamdSock names the right one.
# Output: the orders to the milter, D to discard, T to defer, F at the end of all: F alone for the sample as installed; T and F
#   with clamd switched on; D and F with its socket; F for a clean mail.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
debian mimedefang 3.3-1
debian libnet-dns-perl 1.36-1+deb12u1
as_installed

mkdir db
printf 'text of the sample\n' >sample
printf 'text of a clean file\n' >clean
echo "$(md5sum <sample | cut -d' ' -f1):19:Example.Sample" >db/example.hdb
start_clamd
cp /etc/mail/mimedefang.pl.conf own.conf
mount --bind own.conf /etc/mail/mimedefang.pl.conf
cp own.conf installed.conf

# orders FILE [LINE]: what the filter has the milter do with a mail with that file, with that line in the configuration.
orders() {
  { echo "${2:-}" && cat installed.conf; } >own.conf
  rm -rf mail && mkdir mail
  printf '%s\n' 'From: a@a.example' 'To: b@b.example' 'Subject: text' 'MIME-Version: 1.0' \
    'Content-Type: application/octet-stream; name=a.dat' 'Content-Transfer-Encoding: base64' >mail/HEADERS
  { cat mail/HEADERS && echo && base64 "$1"; } >mail/INPUTMSG
  printf '%s\n' 'S<a@a.example>' 'R<b@b.example> ? ? ?' Utext I127.0.0.1 Hlocalhost Ea.example F >mail/COMMANDS
  mimedefang.pl "$T/mail" >filter.log 2>&1
  cut -c1 mail/RESULTS | paste -sd' '
}
feature() {
  mimedefang.pl -features 2>/dev/null | sed -n 's/^Virus:CLAMD  *: //p'
}
on="\$Features{'Virus:CLAMD'} = '/usr/sbin/clamd';"
seen 'clamd itself' 'Example.Sample.UNOFFICIAL FOUND' "$(scan sample)"
seen 'the sample, as installed' F "$(orders sample)"
seen 'the feature' no "$(feature)"
seen 'the sample, clamd switched on' 'T F' "$(orders sample "$on")"
seen 'a clean mail, clamd switched on' 'T F' "$(orders clean "$on")"
seen 'the sample, its socket named' 'D F' "$(orders sample "$on \$ClamdSock = '$T/socket';")"
seen 'the feature' 'yes (/usr/sbin/clamd)' "$(feature)"
seen 'a clean mail, its socket named' F "$(orders clean "$on \$ClamdSock = '$T/socket';")"
the_end
