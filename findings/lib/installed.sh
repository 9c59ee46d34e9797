# Sourced before setup.sh by scripts whose programs look for their parts in /etc, /usr and /var/lib: the script goes on in a
# mount namespace of its own, in which nothing that it lays there is seen by others. Wants root.
[ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || {
  echo 'cannot be seen here: root and mount namespaces are needed' >&2
  exit 77
}
[ -n "${FINDINGS_APART:-}" ] || FINDINGS_APART=1 exec unshare -m bash "$0" "$@"

# as_installed: after the last `debian`. What was unpacked lies over /usr and /etc, and /var/lib is empty.
as_installed() {
  local folder
  for folder in usr etc; do
    [ -z "$root" ] || mount -t overlay none -o "lowerdir=$root/$folder:/$folder" "/$folder" 2>/dev/null ||
      absent 'overlayfs is needed'
  done
  export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-} HOME=$T
  mount -t tmpfs none /var/lib || absent 'tmpfs is needed'
}
