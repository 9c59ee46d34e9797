# SpamAssassin for the scripts, with a channel of rules on loopback. Sourced after installed.sh, setup.sh and servers.sh.
debian spamassassin 4.0.1-1~deb12u1
debian spamd 4.0.1-1~deb12u1
debian spamc 4.0.1-1~deb12u1
as_installed
cat >"$T/names.py" <<'P' # ADDRESS FOLDER: TXT records, each a file of its name; every other question is about no name
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
while True:
    question, peer = s.recvfrom(2000)
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode())
        at += 1 + question[at]
    path = os.path.join(sys.argv[2], '.'.join(labels))
    asked, known = question[12:at + 5], question[at + 2] == 16 and os.path.exists(path)
    text = open(path, 'rb').read().strip() if known else b''
    record = b'\xc0\x0c\0\x10\0\1\0\0\0\0\0' + bytes([len(text) + 1, len(text)]) + text
    s.sendto(question[:2] + (b'\x85\x80\0\1\0\1\0\0\0\0' + asked + record if known else
                             b'\x85\x83\0\1\0\0\0\0\0\0' + asked), peer)
P

# start_channel FOLDER: a web server for rules.example with FOLDER, whose port is in $port, and a name server that knows it.
start_channel() {
  if [ ! -d names ]; then
    mkdir names
    echo 'nameserver 127.83.65.85' >resolv.conf
    mount --bind resolv.conf /etc/resolv.conf || absent 'a resolv.conf is needed'
    background python3 names.py 127.83.65.85 names
  fi
  mkdir -p "$1"
  serve "$T/$1"
  echo "http://127.0.0.1:$port/" >"$1/MIRRORED.BY"
  echo "http://127.0.0.1:$port/MIRRORED.BY" >names/mirrors.rules.example
}

# publish FOLDER VERSION LINE...: these lines are the rules of that version.
publish() {
  printf '%s\n' "${@:3}" >rules.cf
  tar czf "$1/$2.tar.gz" rules.cf
  (cd "$1" && sha256sum "$2.tar.gz" >"$2.tar.gz.sha256" && sha512sum "$2.tar.gz" >"$2.tar.gz.sha512")
  echo "$2" >names/1.0.4.rules.example
}

# update [OPTION...]: its status.
update() {
  timeout 60 sa-update --nogpg --httputil curl --channel rules.example "$@" >update.log 2>&1
  echo $?
}

# hits FILE NAME...: those of the named rules that the mail has.
hits() {
  spamassassin -L --cf='add_header all Hits _TESTS_' <"$1" 2>/dev/null | sed '/^$/q' >out
  printf '%s\n' "${@:2}" | grep -xFf <(grep -oE '\b[A-Z][A-Z0-9_]+\b' out) | paste -sd' '
}
