# cvdupdate for the scripts. Sourced after setup.sh: a mirror of its own in $T/mirror, which asks nobody but a server of ours.
[ "$(id -u)" = 0 ] || absent 'root is wanted: a name server is asked on port 53 only'
debian clamav-cvdupdate 1.1.1-1
export PYTHONPATH=${root:-}/usr/lib/python3/dist-packages HOME=$T
mkdir -p www

# A server of $T/www that keeps what it is asked in $T/asked.
cat >server.py <<'P'
import http.server, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        with open('../asked', 'a') as asked:
            asked.write(self.path + '\n')
        super().do_GET()
os.chdir('www')
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
P
port=$(free_port)
background python3 server.py "$port" 2>/dev/null
until_true listens "$port"

# The versions that DNS tells: of the database `daily` the one in the variable `daily`.
cat >names.py <<'P'
import socket, sys, time
talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
talk.bind(('127.0.0.87', 53))
while True:
    question, sender = talk.recvfrom(512)
    text = b'1.4.3:63:%d:%d:1:90:49192:339' % (int(open('daily').read()), int(time.time()))
    end = question.index(b'\0', 12) + 5
    talk.sendto(question[:2] + b'\x81\x80\0\1\0\1\0\0\0\0' + question[12:end] + b'\xc0\x0c\0\x10\0\1\0\0\0\x3c'
        + (len(text) + 1).to_bytes(2, 'big') + bytes([len(text)]) + text, sender)
P
echo 1 >daily
background python3 names.py

cvd() { python3 -m cvdupdate "$@" >"$T/said" 2>&1; }
cvd config set --dbdir "$T/mirror" --logdir "$T/logs" --nameserver 127.0.0.87 || absent 'cvdupdate does not start'
for name in main daily bytecode; do cvd remove "$name.cvd"; done
