#!/bin/bash
# davfs2: a file that is replaced by a rename below a mounted WebDAV server. Seen with davfs2 1.6.1 and apache2 2.4.71 (Debian 12).
#
# Guess: a rename is a MOVE, so that others have the old file or the new one; what the server refuses is an error of cp, mv or sync.
# Behaviour: what is written is uploaded ten seconds after it was closed (delay_upload). A rename of it over another file deletes that
#   one on the server at once: for eleven seconds there is none, 404. Where the upload is refused then, as too long or for want
#   of space, the old file is gone for good, and the new one vanishes below the mount as well; cp, fsync and mv had ended with 0
#   long before, and so does umount.davfs. With `delay_upload 0` in davfs2.conf the upload is at the close, and the rename a
#   MOVE: of an upload that is refused cp still ends with 0, but nothing is there to rename, and the old file stays.
# Output: 200, 404 for more than 8 seconds, 200; with a file that is too long 200 and 404 for good, each status 0.
. "$(dirname "$0")/lib/installed.sh"
. "$(dirname "$0")/lib/setup.sh"
[ -e /dev/fuse ] || absent '/dev/fuse'
debian davfs2 1.6.1-1
debian apache2-bin 2.4.71-1~deb12u1
debian curl 7.88.1-10+deb12u14
as_installed
mount -t tmpfs none /run && mount -t tmpfs none /var/cache || absent 'tmpfs is needed'

mkdir -m 777 tree locks
mkdir mnt
port=$(free_port)
modules=${root:-}/usr/lib/apache2/modules
printf '%s\n' "ServerRoot $T" 'ServerName localhost' "Listen 127.0.0.1:$port" "PidFile $T/apache.pid" "ErrorLog $T/apache.log" \
  'User nobody' 'Group nogroup' "LoadModule mpm_event_module $modules/mod_mpm_event.so" \
  "LoadModule authz_core_module $modules/mod_authz_core.so" "LoadModule dav_module $modules/mod_dav.so" \
  "LoadModule dav_fs_module $modules/mod_dav_fs.so" "DavLockDB $T/locks/locks" "DocumentRoot $T/tree" "CustomLog $T/requests %m" \
  "<Directory $T/tree>" 'Dav on' 'LimitRequestBody 100000' 'Require all granted' '</Directory>' >apache.conf
background apache2 -X -f "$T/apache.conf"
until_true listens "$port"
mounted() { # [LINE...]: anew, with these lines in davfs2.conf, and an old list on the server
  unmounted >/dev/null
  printf '%s\n' 'dav_user nobody' 'dav_group nogroup' 'ask_auth 0' "$@" >davfs2.conf
  umount /etc/davfs2/davfs2.conf 2>/dev/null
  mount --bind davfs2.conf /etc/davfs2/davfs2.conf
  echo old >tree/list
  chown nobody tree/list
  timeout 30 mount.davfs -o uid=root "http://127.0.0.1:$port/" "$T/mnt" </dev/null >/dev/null 2>&1
  mountpoint -q mnt || absent 'davfs2 does not mount'
  cat mnt/list >/dev/null
  : >requests
}
unmounted() { # its status; the daemon ends with it
  mountpoint -q mnt || return 0
  timeout 30 umount.davfs mnt >/dev/null 2>&1
  echo $?
}
trap 'unmounted >/dev/null; umount -l mnt 2>/dev/null; finish' EXIT
served() { curl -s -o got -w '%{http_code}' "http://127.0.0.1:$port/list"; }
replace() { # BYTES: the statuses of cp, fsync and mv
  head -c "$1" /dev/zero | tr '\0' n >new
  cp new mnt/new
  echo -n "$? "
  sync mnt/new 2>/dev/null
  echo -n "$? "
  mv mnt/new mnt/list 2>/dev/null
  echo $?
}
is_back() { [ "$(served)" = 200 ]; }

mounted
seen 'the list, before' 200 "$(served)"
seen 'cp, fsync, mv' '0 0 0' "$(replace 2000)"
seen 'the list, right after' 404 "$(served)"
began=$SECONDS
until_true is_back
seen 'for how long' 'more than 8 seconds' "$([ $((SECONDS - began)) -gt 8 ] && echo more than 8 seconds || echo $((SECONDS - began)))"
seen 'the new list' 2000 "$(stat -c %s got)"
seen 'what davfs2 asked for' 'DELETE PUT' "$(grep -E 'DELETE|MOVE|PUT' requests | paste -sd' ')"

mounted
seen 'a list that is too long: cp, fsync, mv' '0 0 0' "$(replace 300000)"
until_true grep -q PUT requests
sleep 2
seen 'the list, once the upload was refused' 404 "$(served)"
seen 'is it below the mount' no "$([ -e mnt/list ] && echo yes || echo no)"
seen 'umount.davfs' 0 "$(unmounted)"

mounted 'delay_upload 0'
seen 'delay_upload 0: cp, fsync, mv' '0 0 0' "$(replace 2000)"
until_true is_back
seen 'what davfs2 asked for' 'PUT MOVE' "$(grep -E 'DELETE|MOVE|PUT' requests | paste -sd' ')"
seen 'a list that is too long: cp, fsync, mv' '0 1 1' "$(replace 300000)"
seen 'the list' '200 2000' "$(served) $(stat -c %s got)"
the_end
