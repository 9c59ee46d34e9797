#!/bin/bash
# sshfs: a file that is replaced on the server by a longer one, and a link that is switched. Seen with sshfs 3.7.3 and
# sftp-server 9.2 (Debian 12).
#
# Guess: a reader has the old file or the new one, late by a moment perhaps; at worst there is an error.
# Behaviour: where the old file was looked at in the 20 seconds before, the first reader has the new one, but only as many bytes
#   of it as the old one had: a part of a list, status 0. The next reader has the whole. With `-o auto_cache` both have the old
#   one, whole. A switched link leads to the old folder until the 20 seconds are over. With `-o dir_cache=no` all is new at once.
# Output: 300 bytes of 900 for the first of two readers, be it cat or cp; 900 with dir_cache=no; old behind the link.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
[ "$(id -u)" = 0 ] || absent 'root is needed for a mount of its own'
[ -e /dev/fuse ] || absent '/dev/fuse'
debian sshfs 3.7.3-1.2~deb12u1
debian socat 1.7.4.4-2
debian openssh-sftp-server 1:9.2p1-2+deb12u10
[ -z "$root" ] || export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$root/lib/$(uname -m)-linux-gnu

mkdir -p served/1 served/2 mnt
echo old >served/1/list
echo new >served/2/list
port=$(free_port)
background socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "EXEC:$root/usr/lib/openssh/sftp-server"
until_true listens "$port"
cat >inside <<'I' # PORT [OPTION...]: what is read below a mount that nobody else sees, with these options
port=$1
timeout 90 sshfs -f "${@:2}" -o "directport=$port" "127.0.0.1:$PWD/served" mnt &
mounted=$!
trap 'kill $mounted; wait $mounted' EXIT
for try in $(seq 100); do mountpoint -q mnt && break; sleep 0.1; done
put() { # LETTER BYTES: another file under the name, by a rename
  head -c "$2" /dev/zero | tr '\0' "$1" >served/new
  mv served/new served/list
}
bytes() { # READER: of which letter, and how many; and its status
  local status
  case $1 in
    cat) cat mnt/list >copy ;;
    cp) cp mnt/list copy ;;
  esac
  status=$?
  echo "$(cut -c1 copy)$(stat -c %s copy) $status"
}
for reader in cat cp; do
  put A 300
  for look in 1 2; do
    bytes "$reader" >/dev/null
    sleep 1
  done
  put B 900
  echo "$reader $(bytes "$reader"), $(bytes "$reader")"
done
ln -sfn 1 served/current
cat mnt/current/list >/dev/null
sleep 1
ln -sfn 2 served/current
echo "link $(cat mnt/current/list)"
I
read_with() { unshare -m bash inside "$port" "$@" 2>/dev/null; }
seen 'as it comes' 'cat B300 0, B900 0;cp B300 0, B900 0;link old' "$(read_with | paste -sd';')"
seen 'auto_cache' 'cat A300 0, A300 0;cp A300 0, A300 0;link old' "$(read_with -o auto_cache | paste -sd';')"
seen 'dir_cache=no' 'cat B900 0, B900 0;cp B900 0, B900 0;link new' "$(read_with -o dir_cache=no | paste -sd';')"
the_end
