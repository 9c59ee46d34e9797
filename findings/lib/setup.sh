# Sourced by the scripts one folder up, never run by itself. Bash. A script that sources it stands in a temporary folder of
# its own ($T), gets the packages it pins there, and leaves nothing behind: no file, no process.
#
# Exit status of a script: 0 the behaviour is as its head describes, 1 it has changed, 77 it cannot be seen here
# (no network, no Debian, not root).

set -u
export LC_ALL=C TZ=UTC PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
T=$(mktemp -d)
chmod 755 "$T"
cd "$T" || exit 77
root= # where packages that were unpacked lie; empty when Debian has installed them
started=()
changed=0

finish() {
  local id
  for id in "${started[@]}"; do kill "$id" 2>/dev/null; done
  for id in "${started[@]}"; do wait "$id" 2>/dev/null; done
  cd / && rm -rf "$T"
}
trap finish EXIT
trap 'exit 1' INT TERM

absent() {
  echo "cannot be seen here: $*" >&2
  exit 77
}

# debian PACKAGE VERSION: its programs on the PATH; unpacked into $T where Debian has not installed it, or into the folder
# FINDINGS_ROOT, which then serves many runs.
debian() {
  local package=$1 version=$2 found name names
  found=$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$package" 2>/dev/null)
  if [ "${found#ii }" = "$found" ]; then
    root=${FINDINGS_ROOT:-$T/root}
    if [ ! -e "$root/$package.version" ]; then
      command -v apt-get >/dev/null || absent "$package is a package of Debian"
      mkdir -p "$T/debs" "$root"
      names=$(apt-get -s --no-install-recommends install "$package" 2>/dev/null | awk '/^Inst/ { print $2 }')
      (cd "$T/debs" && apt-get download -qq $names >/dev/null 2>&1) || absent "$package cannot be fetched (apt-get update?)"
      for name in $names; do dpkg -x "$T"/debs/"$name"_*.deb "$root" || absent "$name cannot be unpacked"; done
      dpkg-deb -f "$T"/debs/"$package"_*.deb Version >"$root/$package.version"
    fi
    found=$(cat "$root/$package.version")
    export PATH=$root/usr/sbin:$root/usr/bin:$PATH
    export LD_LIBRARY_PATH=$root/usr/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
  fi
  found=${found#ii }
  [ "${found#*:}" = "${version#*:}" ] || echo "note: $package $found here, $version in the description"
}

# backports PACKAGE VERSION: the same for a package that Debian 12 has in its backports only; always unpacked.
backports() {
  local package=$1 version=$2 found from name names own
  root=${FINDINGS_ROOT:-$T/root}
  if [ ! -e "$root/$package.version" ]; then
    command -v apt-get >/dev/null || absent "$package is a package of Debian"
    mkdir -p "$T"/apt/{lists,archives}/partial "$T/debs" "$root"
    from=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from bookworm-backports main" >"$T/apt/backports.list"
    own=(-qq -o "Dir::Etc::sourcelist=$T/apt/backports.list" -o "Dir::State::lists=$T/apt/lists" \
      -o "Dir::Cache::archives=$T/apt/archives" -t bookworm-backports)
    apt-get "${own[@]}" update >/dev/null 2>&1 || absent 'the backports cannot be asked'
    names=$(apt-get "${own[@]}" -s --no-install-recommends install "$package" 2>/dev/null | awk '/^Inst/ { print $2 }')
    (cd "$T/debs" && apt-get "${own[@]}" download $names >/dev/null 2>&1) || absent "$package cannot be fetched"
    for name in "$T"/debs/*.deb; do dpkg -x "$name" "$root" || absent "$name cannot be unpacked"; done
    dpkg-deb -f "$T"/debs/"$package"_*.deb Version >"$root/$package.version"
  fi
  found=$(cat "$root/$package.version")
  export PATH=$root/usr/sbin:$root/usr/bin:$PATH
  export LD_LIBRARY_PATH=$root/usr/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
  [ "${found#*:}" = "${version#*:}" ] || echo "note: $package $found here, $version in the description"
}

# packages NAME@VERSION...: from the npm registry, exact versions, their scripts not run.
packages() {
  command -v npm >/dev/null || absent 'npm is needed'
  [ -f package.json ] || echo '{"private":true,"type":"module"}' >package.json
  npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error "$@" >npm.log 2>&1 ||
    absent "$* cannot be fetched"
}

# vectors: in $vectors, ClamAV's own signed test databases (test-1.cvd ... of its sources' freshclam_testfiles), which are not
# part of this project: in the folder clamav of DEFS_VECTORS, or of ../shared/vectors as for the tests.
vectors() {
  vectors=${DEFS_VECTORS:-$here/../../shared/vectors}/clamav
  [ -e "$vectors/test-4.cvd" ] || absent "ClamAV's signed test databases are needed (DEFS_VECTORS)"
  vectors=$(cd "$vectors" && pwd)
}

# background COMMAND...: ended with the script, and by itself after two minutes.
background() {
  timeout 120 "$@" &
  started+=($!)
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until_true COMMAND...: up to 30 s.
until_true() {
  local try
  for try in $(seq 150); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  absent "this did not come about in 30 s: $*"
}

listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# seen WHAT EXPECTED ACTUAL: what the head of the script promises, beside what came out.
seen() {
  if [ "$2" = "$3" ]; then
    echo "as described: $1: $3"
  else
    echo "CHANGED: $1: '$3' instead of '$2'"
    changed=1
  fi
}

the_end() {
  exit "$changed"
}
