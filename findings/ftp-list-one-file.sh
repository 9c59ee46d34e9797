#!/bin/bash
# FTP servers: LIST of one file. Seen with pure-ftpd 1.0.50, vsftpd 3.0.3 (Debian 12).
#
# Guess: LIST NAME gives the line of that file, everywhere; it is what clients fall back on for size and time.
# Behaviour: the name is a pattern, in each server another kind. Pure-FTPd finds nothing for `pack[1].zip` (what browsers call
#   a second download) though SIZE and RETR take that name; vsftpd lists for `pack.zip` the file and every link that points at
#   it (`latest.zip -> pack.zip`). SIZE and MDTM take names as they are.
# Output: Pure-FTPd: 226 and no line, SIZE 213; vsftpd: two lines.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || absent 'FTP servers want root'
debian pure-ftpd 1.0.50-2.1+b2
debian vsftpd 3.0.3-13+b2
home=$(getent passwd ftp | cut -d: -f6)
[ -d "$home" ] || absent 'Pure-FTPd wants a user ftp with a home'

mkdir -p data run/jail && echo text >data/pack.zip && echo text >'data/pack[1].zip' && ln -s pack.zip data/latest.zip && chmod -R a+rX data
vs=$(free_port) pure=$(free_port)
printf '%s\n' listen=YES listen_address=127.0.0.1 listen_port=$vs background=NO anonymous_enable=YES local_enable=NO \
  no_anon_password=YES anon_root=$T/data ftp_username=daemon nopriv_user=nobody secure_chroot_dir=$T/run/jail \
  xferlog_enable=NO seccomp_sandbox=NO >vsftpd.conf
background vsftpd "$T/vsftpd.conf" >log 2>&1
background unshare -m sh -c "mount --bind '$T/data' '$home' && exec pure-ftpd -4 -e -H -A -S 127.0.0.1,$pure -Y 0 -g '$T/run/pure'" >log 2>&1
cat >client.py <<'P'
import ftplib, sys
ftp = ftplib.FTP(); ftp.connect('127.0.0.1', int(sys.argv[1]), 15); ftp.login('anonymous', 'someone@example.org'); ftp.voidcmd('TYPE I')
lines = []
ftp.retrlines('LIST ' + sys.argv[2], lines.append)
print('%d lines, SIZE %s' % (len(lines), ftp.size(sys.argv[2])))
P
until_true listens "$vs"
until_true listens "$pure"
seen 'Pure-FTPd, brackets' '0 lines, SIZE 5' "$(python3 client.py "$pure" 'pack[1].zip')"
seen 'vsftpd, brackets' '1 lines, SIZE 5' "$(python3 client.py "$vs" 'pack[1].zip')"
seen 'Pure-FTPd, with a link to it' '1 lines, SIZE 5' "$(python3 client.py "$pure" pack.zip)"
seen 'vsftpd, with a link to it' '2 lines, SIZE 5' "$(python3 client.py "$vs" pack.zip)"
the_end
