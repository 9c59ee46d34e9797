#!/bin/bash
# c-icap with virus_scan and clamd_mod: who was started first. Seen with c-icap 0.5.10, virus_scan 0.5.5 and
# clamav-daemon 1.4.6 (Debian 12).
#
# Guess: without clamd it answers each request with an error (or lets it pass) until clamd is there, whatever came first.
# Behaviour: it asks clamd for its version once, when it starts. When clamd does not answer at that moment - at boot it loads
#   for half a minute - the engine is left out for good: every request passes unscanned as "204 Unmodified", also after
#   clamd is there. When clamd goes away later, requests fail instead, and are scanned again once it is back.
# Output: the test file is not passed when clamd was there first, also not while clamd is away; it is passed when c-icap
#   was there first, before and after clamd was started.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian clamav-daemon 1.4.6+dfsg-0+deb12u1
debian c-icap 1:0.5.10-4
debian libc-icap-mod-virus-scan 1:0.5.5-2+deb12u1
export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
modules=${root:-}/usr/lib/$(uname -m)-linux-gnu/c_icap
magic=$(find "${root:-}/etc/c-icap" -name c-icap.magic | head -n 1)

printf 'hello definition\n' >sample
mkdir db templates
echo "$(md5sum <sample | cut -d' ' -f1):17:Example.Sample" >db/example.hdb
port=$(free_port)
printf '%s\n' "PidFile $T/pid" "CommandsSocket $T/control" "Port 127.0.0.1:$port" "ServerLog $T/server.log" \
  "AccessLog $T/access.log" 'MaxServers 2' 'StartServers 1' 'MinSpareThreads 1' 'MaxSpareThreads 10' 'ThreadsPerChild 5' \
  "ServicesDir $modules" "ModulesDir $modules" "LoadMagicFile $magic" "TemplateDir $T/templates" "TmpDir $T" \
  'Service antivirus_module virus_scan.so' 'ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple' \
  'virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE' 'virus_scan.DefaultEngine clamd' 'Module common clamd_mod.so' \
  "clamd_mod.ClamdSocket $T/socket" >c-icap.conf
start_icap() {
  background c-icap -N -f c-icap.conf >icap.log 2>&1
  icap=${started[-1]}
  until_true listens "$port"
}
passed() {
  timeout 20 c-icap-client -i 127.0.0.1 -p "$port" -s avscan -f sample -v -req http://example.org/ 2>&1 |
    grep -q '204 Unmodified' && echo passed || echo 'not passed'
}

start_clamd 'SelfCheck 0'
clamd=${started[-1]}
start_icap
seen 'clamd first' 'not passed' "$(passed)"
kill "$clamd" && wait "$clamd" 2>/dev/null
rm -f socket
seen 'clamd first, away now' 'not passed' "$(passed)"
kill "$icap" && wait "$icap" 2>/dev/null
start_icap
seen 'c-icap first, no clamd yet' passed "$(passed)"
start_clamd 'SelfCheck 0'
seen 'c-icap first, clamd there now' passed "$(passed)"
the_end
