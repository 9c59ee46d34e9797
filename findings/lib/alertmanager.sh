# Alertmanager for the scripts. Sourced after setup.sh. It reads its templates from one path that is fixed: where it was unpacked,
# that is shown to this process alone, which wants root.
debian prometheus-alertmanager 0.25.0-1+b4
own=${root:-}/usr/share
[ -z "$root" ] || [ "$(id -u)" = 0 ] || absent 'root is wanted: Alertmanager reads its templates below /usr/share'

# start_receiver: a server that keeps the body of each request, by its path, in $T/told; its port in $receiver.
start_receiver() {
  receiver=$(free_port)
  cat >receiver.py <<'P'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        with open('told', 'ab') as told:
            told.write(self.path.encode() + b' ' + body.replace(b'\n', b' ') + b'\n')
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
P
  : >told
  background python3 receiver.py "$receiver"
  until_true listens "$receiver"
}

# start_alertmanager FILE: with this configuration; its port in $port.
start_alertmanager() {
  local command=(prometheus-alertmanager --config.file="$1" --storage.path="$T/alertmanager" --cluster.listen-address=)
  port=$(free_port)
  command+=(--web.listen-address="127.0.0.1:$port")
  if [ -z "$root" ]; then
    background "${command[@]}" >alertmanager.log 2>&1
  else
    background unshare -m sh -c "mount -t overlay overlay -o lowerdir='$own':/usr/share /usr/share && exec \"\$@\"" sh \
      "${command[@]}" >alertmanager.log 2>&1
  fi
  until_true listens "$port"
}

# alert NAME [OPTION...]: as Prometheus raises one, or ends it with --end.
alert() { amtool --alertmanager.url="http://127.0.0.1:$port" alert add "$@" instance=example >>amtool.log 2>&1; }
