#!/bin/bash
# systemd-analyze verify: the status for a unit with lines that do nothing. Seen with systemd 252 (Debian 12).
#
# Guess: an unknown key or a value that cannot be parsed is an error, status 1; that is what one runs verify in CI for.
# Behaviour: status 0. Each such line is "ignoring" on stderr and then has its default: a mistyped ProtectSystem=
#   switches the protection off, MemoryMax= the bound, `Type=notify-reload` (systemd 253) makes the service `simple`,
#   and of two OnCalendar= lines the bad one is left out. Status 1 comes for a program that is not there, a required
#   unit that is not there, and a timer without any good line. The test of a unit is status 0 and nothing on stderr.
# Output: "Failed to parse protect system value, ignoring: strictest", status 0.
. "$(dirname "$0")/lib/setup.sh"
debian systemd 252.39-1~deb12u2
command -v systemd-analyze >/dev/null || absent systemd-analyze

verify() { # FILE LINE...: the status and the lines on stderr
  printf '%s\n' "${@:2}" >"$1"
  systemd-analyze verify --man=no "./$1" >out 2>&1
  echo "status $?, said $(grep -c ignoring out)"
}
service=('[Service]' 'Type=oneshot' 'ExecStart=/bin/true')
seen 'as it should be' 'status 0, said 0' "$(verify example.service "${service[@]}" 'ProtectSystem=strict')"
seen 'a value that is none' 'status 0, said 1' "$(verify example.service "${service[@]}" 'ProtectSystem=strictest')"
seen 'a key that is none' 'status 0, said 1' "$(verify example.service "${service[@]}" 'ProtectEverything=yes')"
seen 'a type of the next version' 'status 0, said 1' "$(verify example.service '[Service]' 'Type=notify-reload' 'ExecStart=/bin/true')"
seen 'a program that is not there' 'status 1, said 0' "$(verify example.service '[Service]' 'ExecStart=/nonexistent/program')"
seen 'one of two times' 'status 0, said 1' "$(verify example.timer '[Timer]' 'OnCalendar=06:00' 'OnCalendar=25:00' 'Unit=example.service')"
seen 'the only time' 'status 1, said 1' "$(verify example.timer '[Timer]' 'OnCalendar=25:00' 'Unit=example.service')"
the_end
