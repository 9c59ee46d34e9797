#!/bin/bash
# ProFTPD: a server with as many clients as it takes. Seen with proftpd-core 1.3.8 (Debian 12).
#
# Guess: 421 "too many connections" at the greeting, as from vsftpd and Pure-FTPd: come again later.
# Behaviour: the greeting and USER are as always; after PASS comes 530, the code for a wrong password. Only its text
#   tells ("maximum number of allowed clients"). A client that goes by codes tells its user to check the password, and
#   does not try again.
# Output: "220", "331", "530 Sorry, the maximum number of allowed clients (1) are already connected."
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian proftpd-core 1.3.8+dfsg-4+deb12u5

mkdir data
start_proftpd "$T/data" 'MaxClients 1'
cat >client.py <<'P'
import ftplib, sys, time
def come():
    ftp = ftplib.FTP(); greeting = ftp.connect('127.0.0.1', int(sys.argv[1]), 15); user = ftp.sendcmd('USER anonymous')
    try: password = ftp.sendcmd('PASS someone@example.org')
    except ftplib.Error as error: password = str(error)
    return ftp, '%s %s %s' % (greeting[:3], user[:3], password[:3]), password
first = come(); second = come()
print(first[1]); print(second[1]); print('maximum number of allowed clients' in second[2])
P
python3 client.py "$port" >out
seen 'the first client' '220 331 230' "$(sed -n 1p out)"
seen 'the second' '220 331 530' "$(sed -n 2p out)"
seen 'its text tells' True "$(sed -n 3p out)"
the_end
