# amavisd for the scripts, between a mail of theirs and a server that takes it. Sourced after installed.sh, setup.sh and
# servers.sh, and after clamd's packages.
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
next=$(free_port)
background python3 smtp.py "$next" 2>/dev/null
until_true listens "$next"
clamd_scanner="['ClamAV-clamd', \\&ask_daemon, [\"CONTSCAN {}\\n\", '$T/socket'],
  qr/\\bOK\$/m, qr/\\bFOUND\$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND\$/m]"

# start_amavis LINE...: with these lines in its configuration; the port in $port, the process in $amavis.
start_amavis() {
  port=$(free_port)
  mkdir -p amavis
  : >taken
  printf '%s\n' 'use strict;' "\$mydomain = 'b.example'; \$myhostname = 'mail.b.example';" \
    "\$daemon_user = 'nobody'; \$daemon_group = 'nogroup';" \
    "\$MYHOME = \$TEMPBASE = \$QUARANTINEDIR = \$db_home = '$T/amavis'; \$pid_file = '$T/amavis/pid';" \
    "\$lock_file = '$T/amavis/lock'; \$logfile = '$T/amavis/log'; \$DO_SYSLOG = 0; \$enable_db = 0; \$max_servers = 1;" \
    "\$inet_socket_port = $port; \$forward_method = \$notify_method = 'smtp:[127.0.0.1]:$next';" \
    "@local_domains_maps = ('b.example'); @bypass_spam_checks_maps = (1); \$final_virus_destiny = D_DISCARD;" \
    "$@" '1;' >amavis.conf
  chown -R nobody amavis
  background amavisd -u nobody -g nogroup -c "$T/amavis.conf" foreground >amavis.out 2>&1
  amavis=${started[-1]}
  until_true listens "$port"
}

# mail_with FILE NAME SUBJECT: a mail with FILE attached, into the file NAME; its Message-ID begins with the name.
mail_with() {
  printf '%s\n' 'From: a@a.example' 'To: b@b.example' "Message-ID: <$2@a.example>" 'Date: Sun, 29 Nov 2026 12:00:00 +0000' \
    "Subject: $3" 'MIME-Version: 1.0' 'Content-Type: application/octet-stream; name=a.dat' \
    'Content-Transfer-Encoding: base64' '' "$(base64 "$1")" >"$2"
}

# sent NAME: what becomes of that mail.
sent() {
  python3 smtp.py "$port" "$1"
  grep -q "<$1@" taken && echo delivered || echo dropped
}
