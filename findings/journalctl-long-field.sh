#!/bin/bash
# journalctl -o json and long messages. Seen with systemd 252 (Debian 12).
#
# Guess: -o json has each field whole; what it cannot show (binary) is an array of numbers.
# Behaviour: a field of 4,096 bytes or more, its name included, is `null` unless --all is said, so that a collector that
#   reads `journalctl -o json -f` has an event without a message. The same entry is shown whole by -o cat.
# Output: text for 4,087 bytes, null for 4,088, text with --all, all bytes with -o cat.
. "$(dirname "$0")/lib/setup.sh"
debian systemd-journal-remote 252.39-1~deb12u2
command -v journalctl >/dev/null || absent journalctl
writer=${root:-}/lib/systemd/systemd-journal-remote
[ -n "$root" ] && export LD_LIBRARY_PATH=$root/lib/systemd:$root/lib/$(uname -m)-linux-gnu:$LD_LIBRARY_PATH

kind() { # JOURNAL OPTION...: text with its length, or null
  journalctl --file "$1" -o json "${@:2}" 2>/dev/null |
    python3 -c 'import json, sys; m = json.loads(sys.stdin.readline())["MESSAGE"]; print("null" if m is None else f"text {len(m)}")'
}
for length in 4087 4088; do
  printf '%s\n' "__REALTIME_TIMESTAMP=1795940000000000" '__MONOTONIC_TIMESTAMP=1' '_BOOT_ID=3a5b6c7d8e9f40a1b2c3d4e5f6a7b8c9' \
    'PRIORITY=4' 'SYSLOG_IDENTIFIER=example' "MESSAGE=$(head -c "$length" /dev/zero | tr '\0' x)" '' >"$length.export"
  "$writer" -o "$T/$length.journal" "$length.export" >/dev/null 2>&1
  [ -s "$length.journal" ] || absent 'systemd-journal-remote made no journal'
done
seen '4,087 bytes' 'text 4087' "$(kind 4087.journal)"
seen '4,088 bytes' null "$(kind 4088.journal)"
seen '4,088 bytes, --all' 'text 4088' "$(kind 4088.journal --all)"
seen '4,088 bytes, -o cat' 4088 "$(($(journalctl --file 4088.journal -o cat 2>/dev/null | wc -c) - 1))"
the_end
