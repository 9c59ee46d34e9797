#!/bin/bash
# FTP servers: REST beyond the end of a file, as with a partial download of a file that has become shorter. Seen with vsftpd 3.0.3,
# proftpd-core 1.3.8, pure-ftpd 1.0.50 (Debian 12).
#
# Guess: REST itself is refused, or RETR is, so that the client starts anew.
# Behaviour: all three accept REST at any offset (350), also a hundred gigabytes past the end. RETR is then refused by ProFTPD
#   and Pure-FTPd (554), but vsftpd reports success with no bytes (226): a client that resumes and believes the 226 takes its
#   old, longer part for the whole file. SIZE must be asked first, and the result judged by digest.
# Output: RETR after REST 999: vsftpd 226, ProFTPD 554, Pure-FTPd 554.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || absent 'FTP servers want root'
debian vsftpd 3.0.3-13+b2
debian proftpd-core 1.3.8+dfsg-4+deb12u5
debian pure-ftpd 1.0.50-2.1+b2
getent passwd ftp >/dev/null || absent 'Pure-FTPd wants a user ftp'

mkdir -p data run/jail && head -c 100 /dev/zero >data/file && chmod -R a+rX data
vs=$(free_port) pro=$(free_port) pure=$(free_port)
printf '%s\n' listen=YES listen_address=127.0.0.1 listen_port=$vs background=NO anonymous_enable=YES local_enable=NO \
  no_anon_password=YES anon_root=$T/data ftp_username=daemon nopriv_user=nobody secure_chroot_dir=$T/run/jail \
  xferlog_enable=NO seccomp_sandbox=NO >vsftpd.conf
printf '%s\n' "ModulePath $root/usr/lib/proftpd" 'ServerType standalone' 'DefaultAddress 127.0.0.1' 'SocketBindTight on' \
  "Port $pro" 'UseIPv6 off' 'User nobody' 'Group nogroup' "PidFile $T/run/pid" "ScoreboardFile $T/run/score" \
  'DelayTable none' 'WtmpLog off' 'UseReverseDNS off' 'UseFtpUsers off' 'ControlsEngine off' "<Anonymous $T/data>" 'User nobody' \
  'Group nogroup' 'UserAlias anonymous nobody' 'RequireValidShell off' '</Anonymous>' >proftpd.conf
background vsftpd "$T/vsftpd.conf" >log 2>&1
background proftpd -n -q -c "$T/proftpd.conf" >log 2>&1
home=$(getent passwd ftp | cut -d: -f6)
if [ -d "$home" ]; then
  background unshare -m sh -c "mount --bind '$T/data' '$home' && exec pure-ftpd -4 -e -H -A -S 127.0.0.1,$pure -Y 0 -g '$T/run/pure'" >log 2>&1
else
  absent "the home of user ftp, $home"
fi
cat >client.py <<'P'
import ftplib, sys
ftp = ftplib.FTP(); ftp.connect('127.0.0.1', int(sys.argv[1]), 15); ftp.login('anonymous', 'someone@example.org'); ftp.voidcmd('TYPE I')
said = []
for offset in (100, 999):
    said.append(ftp.sendcmd('REST %d' % offset)[:3])
    got = b''
    try:
        data = ftp.transfercmd('RETR file')
        while True:
            part = data.recv(4096)
            if not part: break
            got += part
        data.close()
        said.append('%s+%d' % (ftp.voidresp()[:3], len(got)))
    except ConnectionResetError: said.append(ftp.getmultiline()[:3])
    except ftplib.error_perm as error: said.append(str(error)[:3])
print(' '.join(said))
P
for each in "vsftpd:$vs:350 226+0 350 226+0" "ProFTPD:$pro:350 226+0 350 554" "Pure-FTPd:$pure:350 226+0 350 554"; do
  IFS=: read -r name port expected <<<"$each"
  until_true listens "$port"
  seen "$name" "$expected" "$(python3 client.py "$port")"
done
the_end
