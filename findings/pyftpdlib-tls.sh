#!/bin/bash
# pyftpdlib: data connections with TLS. Seen with pyftpdlib 1.5.7 and OpenSSL 3.0 (Debian 12), curl 7.88.
#
# Guess: what works in the clear works with TLS.
# Behaviour: of twenty listings over TLS hardly any comes: the server resets the data connection, or closes the control
#   connection after it. curl fails as every other client does. Without TLS all of them come.
# Output: 20 of 20 without TLS, fewer than half of 20 with it.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian python3-pyftpdlib 1.5.7-3
/usr/bin/python3 -c 'import pyftpdlib, OpenSSL' 2>/dev/null || absent 'pyftpdlib with pyOpenSSL'

mkdir data && echo hello >data/file
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout key.pem -out cert.pem 2>/dev/null
cat >server.py <<'P'
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer
handler = TLS_FTPHandler if sys.argv[2] == 'tls' else FTPHandler
handler.authorizer = DummyAuthorizer(); handler.authorizer.add_anonymous('data')
handler.certfile, handler.keyfile = 'cert.pem', 'key.pem'
FTPServer(('127.0.0.1', int(sys.argv[1])), handler).serve_forever()
P
lists() { # OPTION...: how many of twenty
  local try came=0
  for try in $(seq 20); do
    curl -s -m 10 "$@" "ftp://localhost:$port/" 2>/dev/null | grep -q file && came=$((came + 1))
  done
  echo "$came"
}
for kind in plain tls; do
  port=$(free_port)
  background /usr/bin/python3 server.py "$port" "$kind" >/dev/null 2>&1
  until_true listens "$port"
  [ "$kind" = plain ] && plain=$(lists) || tls=$(lists --ssl-reqd --cacert cert.pem)
done
seen 'without TLS' 20 "$plain"
seen 'with TLS, fewer than half' 1 "$((tls < 10))"
the_end
