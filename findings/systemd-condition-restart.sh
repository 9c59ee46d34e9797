#!/bin/bash
# systemd: `restart` of a service whose condition is not met any more. Seen with systemd 252 (Debian 12).
#
# Guess: nothing is done, since there is nothing to start, or the command fails.
# Behaviour: the condition is looked at between the end of the old process and the start of the new one. The service that ran is
#   stopped, nothing is started, and the command ends with 0, `reload-or-restart` of a service without a reload as well. The
#   service is `inactive`, not `failed`, its Result is `success`, and its OnFailure is not started. Debian's unit of clamd has
#   two such conditions, on /var/lib/clamav: a package that starts services anew after its update ends a clamd that works.
#   With `AssertPathExists` in place of it the command fails, the service is stopped as well, and OnFailure is not started either.
# Output: active before; after a restart status 0 and inactive, with the assertion status 1 and inactive.
. "$(dirname "$0")/lib/user-manager.sh"
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.38-1~deb12u1

units=$T/home/.config/systemd/user
mkdir -p "$units" db
service() { # NAME LINE: that runs on
  printf '%s\n' '[Unit]' "$2" 'OnFailure=told.service' '[Service]' 'ExecStart=/bin/sleep 100' >"$units/$1.service"
}
for name in restarted reloaded kept; do service "$name" "ConditionPathExistsGlob=$T/db/*.cvd"; done
service asserted "AssertPathExistsGlob=$T/db/*.cvd"
printf '%s\n' '[Service]' 'Type=oneshot' "ExecStart=/bin/touch $T/told" >"$units/told.service"
touch db/daily.cvd
start_manager restarted.service reloaded.service kept.service asserted.service
state() { systemctl --user is-active "$1.service"; }
does() { # VERB NAME: the status of the command, the state of the service and its result
  systemctl --user "$1" "$2.service" >>out 2>&1
  echo "$?, $(state "$2"), $(systemctl --user show -P Result "$2.service")"
}
seen 'before' 'active active active active' "$(for name in restarted reloaded kept asserted; do state $name; done | paste -sd' ')"
seen 'a restart while the condition is met' '0, active, success' "$(does restart restarted)"
mv db/daily.cvd elsewhere
seen 'restart' '0, inactive, success' "$(does restart restarted)"
seen 'start after it' '0, inactive, success' "$(does start restarted)"
seen 'reload-or-restart' '0, inactive, success' "$(does reload-or-restart reloaded)"
seen 'restart with an assertion' '1, inactive, success' "$(does restart asserted)"
seen 'one that was left alone' active "$(state kept)"
sleep 1
seen 'OnFailure' 'not started' "$([ -e told ] && echo started || echo 'not started')"
the_end
