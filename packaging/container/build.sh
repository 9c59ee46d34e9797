#!/bin/sh
# Builds the image from dist-packages/defs_<version>_<arch>.tar.gz (npm run package) and the C library of this
# machine, without network. Usage: packaging/container/build.sh [IMAGE], with BUILDER=buildah (default), podman or docker.
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
packages=${PACKAGES:-$here/../../dist-packages}
image=${1:-defs:latest}
archive=$(ls "$packages"/defs_*.tar.gz 2>/dev/null | tail -n 1 || true)
[ -n "$archive" ] || { echo "no archive in $packages: npm run package comes first" >&2; exit 2; }
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
root=$context/rootfs

umask 022
mkdir -p "$root/usr/lib/defs" "$root/etc/ssl/certs" "$root/var/lib/defs" "$root/etc/defs" "$root/tmp"
tar -xzf "$archive" -C "$context"
mv "$context"/defs_*/lib/* "$root/usr/lib/defs/"
# The libraries that Node names, and those that names and addresses are looked up with.
for library in $(ldd "$root/usr/lib/defs/node" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\).*/\1/p') \
  $(ls /lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2 /lib/*/libresolv.so.2 2>/dev/null); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'defs:x:10001:10001::/var/lib/defs:/sbin/nologin' >"$root/etc/passwd"
echo 'defs:x:10001:' >"$root/etc/group"
if [ -r /etc/ssl/certs/ca-certificates.crt ]; then cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"; fi
: >"$root/etc/defs/defs.yaml"
chmod 1777 "$root/tmp"
chown -R 10001:10001 "$root/var/lib/defs" 2>/dev/null || true
epoch=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$archive")}
find "$root" -exec touch -h -d "@$epoch" {} +

case ${BUILDER:-buildah} in
  # The format of Docker is the one that carries a health check.
  buildah) buildah bud --isolation "${ISOLATION:-chroot}" --format docker --timestamp "$epoch" -t "$image" -f "$here/Containerfile" "$context" ;;
  podman) podman build --format docker --timestamp "$epoch" -t "$image" -f "$here/Containerfile" "$context" ;;
  *) "$BUILDER" build -t "$image" -f "$here/Containerfile" "$context" ;;
esac
