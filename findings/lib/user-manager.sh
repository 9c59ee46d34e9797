# A manager of systemd for the scripts: a user's, in namespaces of its own with a cgroup hierarchy of its own, since nothing here
# may depend on how the machine was started. Sourced before setup.sh; wants root.
[ "$(id -u)" = 0 ] && unshare -mpC --fork --mount-proc true 2>/dev/null || {
  echo 'cannot be seen here: root and namespaces are needed' >&2
  exit 77
}
[ -n "${FINDINGS_APART:-}" ] || FINDINGS_APART=1 exec unshare -mpC --fork --mount-proc bash "$0" "$@"

# path_unit NAME LINE COMMAND: a unit with this line in [Path], and the service that it starts.
path_unit() {
  mkdir -p "$T/home/.config/systemd/user"
  printf '%s\n' '[Path]' "$2" >"$T/home/.config/systemd/user/$1.path"
  printf '%s\n' '[Service]' Type=oneshot "ExecStart=/bin/sh -c '$3'" >"$T/home/.config/systemd/user/$1.service"
}

# start_manager NAME...: with these units, of those that were written before.
start_manager() {
  [ -x /lib/systemd/systemd ] || absent 'systemd as Debian installs it'
  mkdir -p "$T/run"
  mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd &&
    mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd && mount -t tmpfs none /run ||
    absent 'a cgroup hierarchy without controllers is needed'
  mkdir -p /run/systemd/system
  export XDG_RUNTIME_DIR=$T/run HOME=$T/home
  # Ends with the namespace, which is this script's: asked to end, it waits for its units first.
  timeout 120 /lib/systemd/systemd --user --log-target=console >manager.log 2>&1 &
  until_true manager_runs
  systemctl --user start "$@" || absent 'the units do not start'
}
manager_runs() { [[ "$(systemctl --user is-system-running)" =~ ^(running|degraded)$ ]]; }

# use FOLDER: the link `current` in $T/sets leads there.
use() { ln -s "$1" sets/new && mv -T sets/new sets/current; }
