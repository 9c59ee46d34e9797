#!/bin/bash
# amavisd: what the name of a signature decides. Seen with amavisd-new 2.13.0, clamav-daemon 1.4.6 (Debian 12), with its own
# defaults for names.
#
# Guess: what clamd finds is a virus, whatever the signature is called, and `$final_virus_destiny` says what becomes of it.
# Behaviour: names that begin as those of some lists of third parties do (`@virus_name_to_spam_score_maps`: `Sanesecurity.`,
#   `Email.Phishing.`, `Phishing.`, `winnow.phish.` and others) are no virus but a spam score of 0.1: the mail is delivered
#   as "Passed CLEAN". A site that names signatures of its own in that manner blocks nothing with them.
# Output: one attachment each; Example.Name is dropped, the other two are delivered.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian clamdscan 1.4.6+dfsg-0+deb12u1
debian amavisd-new 1:2.13.0-3+deb12u1
as_installed

cat >smtp.py <<'P' # PORT: takes every mail and writes it to the file `taken`; PORT FILE: sends it there
import smtplib, socketserver, sys
class Peer(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b'220 here\r\n')
        for line in self.rfile:
            word = line[:4].upper()
            self.wfile.write(b'354 go on\r\n' if word == b'DATA' else b'250 ok\r\n')
            if word == b'DATA':
                with open('taken', 'ab') as taken:
                    for line in iter(self.rfile.readline, b'.\r\n'):
                        taken.write(line)
                self.wfile.write(b'250 taken\r\n')
            if word == b'QUIT':
                return
if len(sys.argv) > 2:
    with smtplib.SMTP('127.0.0.1', int(sys.argv[1]), timeout=60) as to:
        to.sendmail('a@a.example', ['b@b.example'], open(sys.argv[2]).read())
else:
    socketserver.ThreadingTCPServer.daemon_threads = True
    socketserver.ThreadingTCPServer(('127.0.0.1', int(sys.argv[1])), Peer).serve_forever()
P
names=(Example.Name Sanesecurity.Example.1 Phishing.Example)
mkdir db
for at in 0 1 2; do
  printf 'sample %s' "$at" >sample
  echo "$(md5sum <sample | cut -d' ' -f1):8:${names[at]}" >>db/example.hdb
  printf '%s\n' 'From: a@a.example' 'To: b@b.example' "Message-ID: <$at@a.example>" 'Date: Sun, 29 Nov 2026 12:00:00 +0000' \
    'Subject: text' 'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.dat' \
    'Content-Transfer-Encoding: base64' '' "$(base64 sample)" >"mail$at"
done
next=$(free_port)
background python3 smtp.py "$next"
until_true listens "$next"
port=$(free_port)
mkdir amavis
cat >amavis.conf <<C
use strict;
\$mydomain = 'b.example'; \$myhostname = 'mail.b.example'; \$daemon_user = 'nobody'; \$daemon_group = 'nogroup';
\$MYHOME = \$TEMPBASE = \$QUARANTINEDIR = \$db_home = '$T/amavis'; \$pid_file = '$T/amavis/pid';
\$lock_file = '$T/amavis/lock'; \$logfile = '$T/amavis/log'; \$DO_SYSLOG = 0; \$enable_db = 0; \$max_servers = 1;
\$inet_socket_port = $port; \$forward_method = \$notify_method = 'smtp:[127.0.0.1]:$next';
@local_domains_maps = ('b.example'); @bypass_spam_checks_maps = (1); \$final_virus_destiny = D_DISCARD;
@av_scanners = (['ClamAV-clamd', \\&ask_daemon, ["CONTSCAN {}\\n", '$T/socket'],
  qr/\\bOK\$/m, qr/\\bFOUND\$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND\$/m]);
1;
C
touch taken
chown -R nobody amavis
start_clamd 'SelfCheck 0'
background amavisd -u nobody -g nogroup -c "$T/amavis.conf" foreground >amavis.out 2>&1
until_true listens "$port"
for at in 0 1 2; do
  python3 smtp.py "$port" "mail$at"
  printf 'sample %s' "$at" >sample
  delivered=$(grep -q "<$at@" taken && echo delivered || echo dropped)
  seen "attachment $at" "${names[at]}.UNOFFICIAL FOUND, $([ "$at" = 0 ] && echo dropped || echo delivered)" \
    "$(scan sample), $delivered"
done
the_end
