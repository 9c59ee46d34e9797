#!/bin/bash
# s3cmd get: bytes that are not those of the ETag. Seen with s3cmd 2.3.0 (Debian 12).
#
# Guess: s3cmd compares the MD5 sum that the ETag of an object is, and ends with an error when what came has another one; so a file
#   that is continued after the object was replaced is found out.
# Behaviour: it compares, and what differs is a warning: the file stays under its name, the status is 0. --continue asks with Range
#   alone and makes a file of two versions, and takes a file of the same or a greater size for whole without a look. For an object
#   that was uploaded in parts, whose ETag is no MD5 sum, there is no word either.
# Output: status 0 and other bytes with a warning; status 0 and A+B with a warning; status 0 and A without one.
. "$(dirname "$0")/lib/setup.sh"
debian s3cmd 2.3.0-1
export HOME=$T PYTHONPATH=${root:-}/usr/lib/python3/dist-packages

# The object is the file `object`, its ETag the MD5 sum of that, or with `parts` none; what is sent is `sent` where there is one.
cat >server.py <<'P'
import hashlib, http.server, os, sys
class Object(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_HEAD(self):
        self.do_GET()
    def do_GET(self):
        whole = open('object', 'rb').read()
        sent = open('sent', 'rb').read() if os.path.exists('sent') else whole
        begin = 0
        if 'location' in self.path:
            sent = b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>'
        elif self.headers['Range']:
            begin = int(self.headers['Range'][6:].split('-')[0])
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (begin, len(sent) - 1, len(sent)))
        self.send_header('Content-Length', str(len(sent) - begin))
        self.send_header('ETag', '"%s%s"' % (hashlib.md5(whole).hexdigest(), '-2' if os.path.exists('parts') else ''))
        self.send_header('Last-Modified', 'Thu, 05 Nov 2026 10:00:00 GMT')
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(sent[begin:])
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Object).serve_forever()
P
port=$(free_port)
background python3 server.py "$port"
until_true listens "$port"
fill() { head -c "$2" /dev/zero | tr '\0' "$1"; } # LETTER BYTES: a version consists of one letter
got() { # OPTION...: status, the versions in the file, its size, what was said
  timeout 60 s3cmd --access_key=a --secret_key=b --no-ssl --host="127.0.0.1:$port" \
    --host-bucket="127.0.0.1:$port" -q get "$@" s3://sets/list list >out 2>&1
  echo "$? $(for letter in A B; do grep -q $letter list && echo $letter; done | paste -sd+) $(stat -c %s list) $(grep -o 'MD5 signatures do not match' out)"
}
fill A 200000 >object
seen 'an object as it is' '0 A 200000 ' "$(got)"
fill B 200000 >sent
seen 'other bytes than those of the ETag' '0 B 200000 MD5 signatures do not match' "$(got --force)"
touch parts
seen 'the same, uploaded in parts' '0 B 200000 ' "$(got --force)"
rm sent parts
fill B 200000 >object
fill A 100000 >list
seen 'half of another version, --continue' '0 A+B 200000 MD5 signatures do not match' "$(got --continue)"
fill A 200000 >list
seen 'another version of the same size, --continue' '0 A 200000 ' "$(got --continue)"
the_end
