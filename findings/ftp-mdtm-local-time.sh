#!/bin/bash
# FTP: MDTM where listings have the local time. Seen with vsftpd 3.0.3, proftpd-core 1.3.8, curl 7.88.1 (Debian 12).
#
# Guess: a switch for the times of listings is one for people; MDTM is UTC in any case, as RFC 3659 says.
# Behaviour: vsftpd with `use_localtime=YES` answers MDTM in local time as well, hours off: west of Greenwich a file that was
#   published just now looks hours old, and `curl -z` does not fetch it, status 0; `curl -R` gives the copy the wrong time.
#   ProFTPD with `TimesGMT off` keeps MDTM and MLSD in UTC.
# Output: five hours off with vsftpd, none without the option and with ProFTPD; the new file is not fetched, status 0.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian curl 7.88.1-10+deb12u15
debian vsftpd 3.0.3-13+b2
debian proftpd-core 1.3.8+dfsg-4+deb12u5
export TZ=EST5

mkdir www
publish() { # TEXT WHEN
  echo "$1" >www/daily.cvd
  TZ=UTC touch -d "$2" www/daily.cvd
}
mdtm() {
  curl -sv --list-only -Q 'MDTM daily.cvd' "ftp://127.0.0.1:$port/" 2>&1 >/dev/null | sed -n 's/^< 213 \([0-9]*\).*/\1/p'
}
publish old '2026-06-01 12:00:00'
start_vsftpd "$T/www"
seen 'vsftpd' 20260601120000 "$(mdtm)"
port=$(free_port)
sed "s/^listen_port=.*/listen_port=$port/" vsftpd.conf >local.conf
echo use_localtime=YES >>local.conf
background vsftpd "$T/local.conf" >/dev/null 2>&1
until_true listens "$port"
vsftpd=$port
seen 'with use_localtime' 20260601070000 "$(mdtm)"
start_proftpd "$T/www" 'TimesGMT off'
seen 'ProFTPD with TimesGMT off' 20260601120000 "$(mdtm)"
fetch() { # PORT: what is here after asking for what is newer than the copy, which is an hour old
  echo old >copy
  touch -d '1 hour ago' copy
  curl -s -z copy -o copy "ftp://127.0.0.1:$1/daily.cvd"
  echo "$? $(cat copy)"
}
publish new now
seen 'a new file, ProFTPD' '0 new' "$(fetch "$port")"
seen 'a new file, vsftpd with use_localtime' '0 old' "$(fetch "$vsftpd")"
curl -s -R -o copy "ftp://127.0.0.1:$vsftpd/daily.cvd"
seen 'the time of the copy with -R, hours' 5 "$((($(stat -c %Y www/daily.cvd) - $(stat -c %Y copy)) / 3600))"
the_end
