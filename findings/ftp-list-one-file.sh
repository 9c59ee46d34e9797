#!/bin/bash
# FTP servers: LIST of one file. Seen with pure-ftpd 1.0.50, vsftpd 3.0.3 (Debian 12).
#
# Guess: LIST NAME gives the line of that file, everywhere; it is what clients fall back on for size and time.
# Behaviour: the name is a pattern, in each server another kind. Pure-FTPd finds nothing for `pack[1].zip` (what
#   browsers call a second download) though SIZE and RETR take that name; vsftpd lists for `pack.zip` the file and every
#   link that points at it (`latest.zip -> pack.zip`). SIZE and MDTM take names as they are.
# Output: Pure-FTPd: 226 and no line, SIZE 213; vsftpd: two lines.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian pure-ftpd 1.0.50-2.1+b2
debian vsftpd 3.0.3-13+b2

mkdir data && echo text >data/pack.zip && echo text >'data/pack[1].zip' && ln -s pack.zip data/latest.zip
cat >client.py <<'P'
import ftplib, sys
ftp = ftplib.FTP(); ftp.connect('127.0.0.1', int(sys.argv[1]), 15); ftp.login('anonymous', 'someone@example.org'); ftp.voidcmd('TYPE I')
lines = []
ftp.retrlines('LIST ' + sys.argv[2], lines.append)
print('%d lines, SIZE %s' % (len(lines), ftp.size(sys.argv[2])))
P
start_vsftpd "$T/data"
vs=$port
start_pureftpd "$T/data"
pure=$port
seen 'Pure-FTPd, brackets' '0 lines, SIZE 5' "$(python3 client.py "$pure" 'pack[1].zip')"
seen 'vsftpd, brackets' '1 lines, SIZE 5' "$(python3 client.py "$vs" 'pack[1].zip')"
seen 'Pure-FTPd, with a link to it' '1 lines, SIZE 5' "$(python3 client.py "$pure" pack.zip)"
seen 'vsftpd, with a link to it' '2 lines, SIZE 5' "$(python3 client.py "$vs" pack.zip)"
the_end
