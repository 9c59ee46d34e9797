#!/bin/bash
# rsync to a daemon without chroot: links in what is sent. Seen with rsync 3.5.0 (Debian 12).
#
# Guess: `rsync -a` to a module of a mirror brings links as they are, as it does over ssh or from one folder to another.
# Behaviour: with `use chroot = no`, and where the daemon runs as a user who may not change its root, `munge symlinks` is on by
#   itself. Each link that is sent is written as `/rsyncd-munged/TARGET`, which leads nowhere, status 0, not a word: `current` is
#   gone for every web server and scanner of that machine. Whoever looks by way of the same daemon sees the link as it was, and
#   a second run, with --checksum as well, has nothing to do. `munge symlinks = no` in the module is needed.
# Output: the target with the prefix, nothing behind it, status 0; the right one when read back; the right one with munge off, or
#   with chroot.
. "$(dirname "$0")/lib/setup.sh"
debian rsync 3.5.0+ds1-0+deb12u1
[ "$(id -u)" = 0 ] || absent 'root is wanted, for a daemon with chroot and for one of another user'

mkdir -p tree/sets/2 mirror
echo new >tree/sets/2/daily.cvd
ln -s sets/2 tree/current
chmod -R a+rX tree
daemon() { # USER LINE...: with these lines in its configuration; its module in $module
  local port=$(free_port)
  rm -rf mirror && mkdir mirror && chown "$1" mirror
  printf '%s\n' "port = $port" 'address = 127.0.0.1' "${@:2}" '[defs]' "path = $T/mirror" 'read only = no' >rsyncd.conf
  background setpriv --reuid "$1" --clear-groups rsync --daemon --no-detach --config="$T/rsyncd.conf" >/dev/null 2>&1
  until_true listens "$port"
  module=rsync://127.0.0.1:$port/defs/
}
send() { rsync -a "$@" tree/ "$module" 2>&1; }
there() { echo "$(readlink mirror/current) $(cat mirror/current/daily.cvd 2>/dev/null || echo nothing)"; }
daemon 0 'uid = root' 'gid = root' 'use chroot = no'
send >out
seen 'status and output, without chroot' '0 ' "$? $(cat out)"
seen 'the link' '/rsyncd-munged/sets/2 nothing' "$(there)"
rsync -a "$module" back/
seen 'read back' 'sets/2' "$(readlink back/current)"
seen 'what a second run has to do' '' "$(send --checksum --itemize-changes)"
daemon 65534
send >out
seen 'status and output, as another user' '0 ' "$? $(cat out)"
seen 'the link' '/rsyncd-munged/sets/2 nothing' "$(there)"
daemon 65534 'munge symlinks = no'
send
seen 'with munge symlinks = no' 'sets/2 new' "$(there)"
daemon 0 'uid = root' 'gid = root' 'use chroot = yes'
send
seen 'with chroot' 'sets/2 new' "$(there)"
the_end
