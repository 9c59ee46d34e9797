#!/bin/bash
# c-icap with virus_scan and clamav_mod: how it comes by new databases. Seen with c-icap 0.5.10, virus_scan 0.5.5, libclamav
# 1.4.6 (Debian 12).
#
# Guess: it looks at its folder from time to time, as clamd does, and the hook for freshclam that comes with the package
#   (/etc/clamav/onupdateexecute.d/libc-icap-mod-virus-scan) has it load at once.
# Behaviour: the engine is loaded when c-icap starts, from the folder that is built in, and is not loaded again by itself
#   (20 s here). The hook writes `srv_clamav:dbreload` into the control pipe, a name that no module listens to: nothing
#   happens, and nothing says so. `clamav:dbreload` is what has it load.
# Output: the sample passes after a list with it has come, also after what the hook sends; not after `clamav:dbreload`.
. "$(dirname "$0")/lib/setup.sh"
debian c-icap 1:0.5.10-4
debian libc-icap-mod-virus-scan 1:0.5.5-2+deb12u1
[ "$(id -u)" = 0 ] || absent 'a folder is mounted over /var/lib/clamav for c-icap alone, which wants root'
[ -d /var/lib/clamav ] || absent /var/lib/clamav
export LD_LIBRARY_PATH=${root:-}/lib/$(uname -m)-linux-gnu:${LD_LIBRARY_PATH:-}
modules=${root:-}/usr/lib/$(uname -m)-linux-gnu/c_icap
hook=${root:-}/etc/clamav/onupdateexecute.d/libc-icap-mod-virus-scan

printf 'hello definition\n' >sample
mkdir db templates
echo '00000000000000000000000000000000:17:Other' >db/other.hdb
port=$(free_port)
printf '%s\n' "PidFile $T/pid" "CommandsSocket $T/control" "Port 127.0.0.1:$port" "ServerLog $T/server.log" \
  "AccessLog $T/access.log" 'MaxServers 2' 'StartServers 1' 'MinSpareThreads 1' 'MaxSpareThreads 10' 'ThreadsPerChild 5' \
  "ServicesDir $modules" "ModulesDir $modules" "LoadMagicFile $(find "${root:-}/etc/c-icap" -name c-icap.magic | head -n 1)" \
  "TemplateDir $T/templates" "TmpDir $T" 'Service antivirus_module virus_scan.so' \
  'ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple' \
  'virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE' 'virus_scan.DefaultEngine clamav' 'Module common clamav_mod.so' \
  >c-icap.conf
background unshare -m sh -c "mount --bind '$T/db' /var/lib/clamav && exec c-icap -N -f c-icap.conf" >icap.log 2>&1
until_true listens "$port"
passed() {
  timeout 20 c-icap-client -i 127.0.0.1 -p "$port" -s avscan -f sample -v -req http://example.org/ 2>&1 |
    grep -q '204 Unmodified' && echo passed || echo 'not passed'
}
send() { timeout 5 sh -c "printf '%s' '$1' >control" || echo 'nobody reads the pipe'; }

seen 'no list has it' passed "$(passed)"
echo "$(md5sum <sample | cut -d' ' -f1):17:Example" >db/example.hdb
sleep 20
seen 'a list has it' passed "$(passed)"
sent=$(sed -n 's/.*echo -n "\([^"]*\)".*/\1/p' "$hook")
seen 'what the hook sends' srv_clamav:dbreload "$sent"
send "$sent"
sleep 5
seen 'after that' passed "$(passed)"
send clamav:dbreload
found() { [ "$(passed)" = 'not passed' ]; }
until_true found
seen 'after clamav:dbreload' 'not passed' "$(passed)"
the_end
