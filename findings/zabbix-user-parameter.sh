#!/bin/bash
# Zabbix agent: UserParameter with a program that reports by status. Seen with zabbix-agent 6.0.14 (Debian 12).
#
# Guess: a status other than 0 makes the item "not supported"; the value is what the program wrote to stdout.
# Behaviour: the status is never looked at: a check that fails is a value like any other. stderr is part of the value, so
#   that one warning there breaks an item that is read as JSON. Only a time of more than `Timeout` (3 s) makes an error.
# Output: the value for status 2, and both streams in one value.
. "$(dirname "$0")/lib/setup.sh"
debian zabbix-agent 1:6.0.14+dfsg-1+b1

printf '%s\n' 'Server=127.0.0.1' "LogFile=$T/log" 'UserParameter=status,echo CRITICAL; exit 2' \
  'UserParameter=streams,echo "{}"; echo warning >&2' 'UserParameter=slow,sleep 5; echo late' >agent.conf
item() { zabbix_agentd -c "$T/agent.conf" -t "$1" 2>/dev/null | paste -sd' ' | sed 's/^[^[]*//'; }
seen 'status 2' '[t|CRITICAL]' "$(item status)"
seen 'stderr' '[t|{} warning]' "$(item streams)"
seen 'five seconds' '[m|ZBX_NOTSUPPORTED] [Timeout while executing a shell script.]' "$(item slow)"
the_end
