#!/bin/bash
# check_clamav of the monitoring plugins. Seen with monitoring-plugins-contrib 42.20230308, clamav 1.4.6 (Debian 12).
#
# Guess: it asks the running clamd ("the currently running clamscan daemon", says its head) how old its definitions are,
#   and is UNKNOWN when DNS does not say what the newest are.
# Behaviour: it takes the number that `clamscan -V` prints, which is read from the header of daily in /var/lib/clamav: no
#   daemon is asked, and no other folder is looked at, whatever clamd.conf says. Without an answer from DNS - a
#   closed network - it takes 0 for the newest: "OK: daily.cvd 27777 out of date by -27777 revisions", status 0, for ever.
# Output: CRITICAL with a DNS server that knows a newer version; OK without one.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
debian monitoring-plugins-contrib 42.20230308+deb12u1+b1
debian monitoring-plugins-common 2.3.3-5+deb12u2
debian libnet-dns-perl 1.36-1+deb12u1
[ "$(id -u)" = 0 ] || absent 'a folder is mounted over /var/lib/clamav for the plugin alone, which wants root'
[ -x /usr/bin/clamscan ] && [ -d /var/lib/clamav ] || absent 'the plugin wants /usr/bin/clamscan, and that /var/lib/clamav'
plugins=${root:-}/usr/lib/nagios/plugins
export PERL5LIB=$plugins:${root:-}/usr/share/perl5:${root:-}/usr/lib/$(uname -m)-linux-gnu/perl5/5.36

mkdir db
# A header is all that -V reads: version 27777.
printf '%-512s' 'ClamAV-VDB:21 Nov 2026 05-00 +0000:27777:1:90:X:X:example:1795237200' >db/daily.cld
cat >dns.py <<'P'
import socket, sys
text = b'1.4.6:62:27780:1795940000:1:90:49192:339'
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', int(sys.argv[1])))
open('listening', 'w').close()
while True:
    question, peer = s.recvfrom(2000)
    end = question.index(0, 12) + 5
    s.sendto(question[:2] + b'\x81\x80\0\1\0\1\0\0\0\0' + question[12:end] + b'\xc0\x0c\0\x10\0\1\0\0\0\0'
             + bytes([0, len(text) + 1, len(text)]) + text, peer)
P
answer() { # PORT of the DNS server
  unshare -m sh -c "mount --bind db /var/lib/clamav && RES_NAMESERVERS=127.0.0.1 RES_OPTIONS='port:$1 retry:1 retrans:1' \
    perl '$plugins/check_clamav' -w 1 -c 2" 2>/dev/null
  echo "status $?"
}
port=$(free_port)
background python3 dns.py "$port"
until_true test -e listening
seen 'DNS names version 27780' 'ClamAV CRITICAL: daily.cvd 27777 out of date by 3 revisions status 2' "$(answer "$port" | paste -sd' ')"
seen 'no DNS' 'ClamAV OK: daily.cvd 27777 out of date by -27777 revisions status 0' "$(answer "$(free_port)" | paste -sd' ')"
the_end
