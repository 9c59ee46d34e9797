#!/bin/bash
# suricata-update: a rule that disable.conf names and another rule needs. Seen with suricata-update 1.2.7 (Debian 12) and
# suricata 7.0.10 (Debian 12, backports).
#
# Guess: what disable.conf names is off; a rule that is needed only for a bit of the flow (flowbits) does nothing else.
# Behaviour: a rule that sets a bit for which a rule that is on asks is switched on again, with `noalert`. For an alert that
#   is as good as off. A rule with the action `drop` blocks on as before, and now no alert tells of it: who switched it off
#   because it blocked good traffic has the same blocking, without a word. The log of the update says "Disabled 2 rules" and,
#   without a name, "Enabled 1 rules for flowbit dependencies". A rule that asks for the bit has to be switched off as well.
# Output: of two rules in disable.conf the one that sets the bit is on; Suricata blocks its packet and logs no alert; with the
#   asking rule in disable.conf all are off.
. "$(dirname "$0")/lib/setup.sh"
debian suricata-update 1.2.7-1+deb12u1
. "$here/lib/suricata.sh"

{
  echo 'drop udp any any -> any any (msg:"too eager"; content:"hello"; flowbits:set,greeted; sid:1; rev:1;)'
  echo 'alert udp any any -> any any (msg:"asks for the bit"; content:"example"; flowbits:isset,greeted; sid:2; rev:1;)'
  echo 'drop udp any any -> any any (msg:"another"; content:"other"; sid:3; rev:1;)'
} >provider.rules
update() { # SID...: the sids that are on after an update with these in disable.conf
  rm -rf data out
  printf '%s\n' "$@" >disable.conf
  PYTHONPATH=$root/usr/lib/python3/dist-packages /usr/bin/python3 "$(command -v suricata-update)" -D data -o out --no-test \
    --no-reload --suricata-version 7.0.10 --disable-conf disable.conf --url "file://$T/provider.rules" >log 2>&1
  sed -n 's/^[a-z].*sid:\([0-9]*\);.*/\1/p' out/suricata.rules | paste -sd' '
}
python3 - <<'PYTHON'
import struct
def packet(number, body):
    udp = struct.pack(">HHHH", 4000 + number, 5000, 8 + len(body), 0) + body
    parts = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
    total = sum(struct.unpack(">10H", parts))
    total = (total & 0xFFFF) + (total >> 16)
    whole = parts[:10] + struct.pack(">H", ~total & 0xFFFF) + parts[12:] + udp
    return struct.pack("<IIII", 1000000000 + number, 0, len(whole), len(whole)) + whole
with open("packets.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for number, body in enumerate((b"hello there", b"an other one", b"a third one")):
        out.write(packet(number, body))
PYTHON
printf '%s\n' 'outputs:' '  - eve-log: { enabled: yes, filename: eve.json, types: [alert: {}, drop: {}] }' >>suricata.yaml
events() { # RULES: alerts and blocked packets, as an IPS
  rm -f eve.json
  suricata -c suricata.yaml -l "$T" -S "$1" --simulate-ips -k none -r packets.pcap >ips.log 2>&1 || absent 'Suricata does not read'
  echo "$(grep -c '"event_type":"alert"' eve.json) alerts, $(grep -c '"event_type":"drop"' eve.json) blocked"
}
seen 'the rules as they come' '2 alerts, 2 blocked' "$(events provider.rules)"
seen 'on without 1 and 3' '1 2' "$(update 1 3)"
seen 'what the log says' 'Disabled 2 rules. Enabled 1 rules for flowbit dependencies.' \
  "$(grep -o 'Disabled 2.*\|.*[^m]Enabled 1.*' log | sed 's/.*-- //' | paste -sd' ')"
seen 'noalert in rule 1' yes "$(grep -q 'noalert; sid:1;' out/suricata.rules && echo yes || echo no)"
seen 'with them' '0 alerts, 1 blocked' "$(events out/suricata.rules)"
seen 'on without 1, 2 and 3' '' "$(update 1 2 3)"
the_end
