#!/bin/bash
# systemd: OnFailure= and `failed`, of a service with Restart=. Seen with systemd 252 (Debian 12).
#
# Guess: each end with an error is a failure: OnFailure= starts its unit, and `systemctl --failed` has the service until it runs.
# Behaviour: with Restart= a service that has ended goes to `activating (auto-restart)`, and is `failed` only once the limit of starts
#   is reached, 5 in 10 seconds when not said. With a RestartSec= of more than two seconds it never is: one that ends at once,
#   for days, starts no OnFailure=, `is-failed` and `systemctl --failed` know nothing of it, and what counts failed units
#   counts none. NRestarts and the journal tell.
# Output: `activating` and not told with RestartSec=3, at whatever moment; failed and told without Restart=, and with RestartSec=0.2.
. "$(dirname "$0")/lib/user-manager.sh"
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.38-1~deb12u1

units=$T/home/.config/systemd/user
mkdir -p "$units"
service() { # NAME LINE...: that ends with 1 at once
  printf '%s\n' '[Unit]' "OnFailure=told@$1.service" '[Service]' 'ExecStart=/bin/false' "${@:2}" >"$units/$1.service"
}
printf '%s\n' '[Service]' 'Type=oneshot' "ExecStart=/bin/touch $T/told-%i" >"$units/told@.service"
printf '%s\n' '[Service]' 'ExecStart=/bin/sleep 100' >"$units/other.service"
service plain
service slow Restart=on-failure RestartSec=3
service fast Restart=on-failure RestartSec=0.2
start_manager other.service
systemctl --user start plain.service slow.service fast.service
restarts() { systemctl --user show -P NRestarts "$1.service"; }
moment() { # NAME: what is known of it at this moment
  echo "$(systemctl --user is-failed "$1.service"), $(systemctl --user --failed --plain --no-legend | grep -c "^$1.service")," \
    "$([ -e "told-$1" ] && echo told || echo 'not told')"
}
ended_often() { moment slow >>moments; [ "$(restarts slow)" -ge 6 ]; }
until_true ended_often
seen 'RestartSec=3, at each moment' 'activating, 0, not told' "$(sed 's/^active,/activating,/' moments | sort -u)"
seen 'looked at more than 20 times' yes "$([ "$(wc -l <moments)" -gt 20 ] && echo yes)"
seen 'RestartSec=0.2' 'failed, 1, told' "$(moment fast)"
seen 'without Restart=' 'failed, 1, told' "$(moment plain)"
the_end
