# SpamAssassin for the scripts, with a channel of rules on loopback. Sourced after installed.sh, setup.sh and servers.sh.
debian spamassassin 4.0.1-1~deb12u1
debian spamd 4.0.1-1~deb12u1
debian spamc 4.0.1-1~deb12u1
as_installed
. "$here/lib/names.sh"

# start_channel FOLDER: a web server for rules.example with FOLDER, whose port is in $port, and a name server that knows it.
start_channel() {
  [ -d names ] || start_names
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
