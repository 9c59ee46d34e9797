#!/bin/bash
# FTP servers: REST beyond the end of a file, as with a partial download of a file that has become shorter. Seen with
# vsftpd 3.0.3, proftpd-core 1.3.8, pure-ftpd 1.0.50 (Debian 12).
#
# Guess: REST itself is refused, or RETR is, so that the client starts anew.
# Behaviour: all three accept REST at any offset (350), also a hundred gigabytes past the end. RETR is then refused by
#   ProFTPD and Pure-FTPd (554), but vsftpd reports success with no bytes (226): a client that resumes and believes the
#   226 takes its old, longer part for the whole file. SIZE must be asked first, and the result judged by digest.
# Output: RETR after REST 999: vsftpd 226, ProFTPD 554, Pure-FTPd 554.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian vsftpd 3.0.3-13+b2
debian proftpd-core 1.3.8+dfsg-4+deb12u5
debian pure-ftpd 1.0.50-2.1+b2

mkdir data && head -c 100 /dev/zero >data/file
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
start_vsftpd "$T/data"
seen vsftpd '350 226+0 350 226+0' "$(python3 client.py "$port")"
start_proftpd "$T/data"
seen ProFTPD '350 226+0 350 554' "$(python3 client.py "$port")"
start_pureftpd "$T/data"
seen Pure-FTPd '350 226+0 350 554' "$(python3 client.py "$port")"
the_end
