#!/bin/bash
# suricata: reputation lists (iprep) that tell of a host and of its network. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: each category is one of its own: a host has what its line says, and in the other categories what its network has.
# Behaviour: a host with a line of its own, in whatever list, has nothing of its networks, in no category: one line that says a
#   little in another category takes it out of a network that is blocked. A smaller network with a line in another category does
#   not do that to a larger one, and two lines of a host do add up. `-T` and the log have no word of it.
# Output: all five hosts of the network are found; with a line in another list for the first one, four; with a smaller network in
#   that list, all; a host with two lines is found by both.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"

printf '%s\n' "reputation-categories-file: $T/categories.txt" "default-reputation-path: $T" \
  'reputation-files: [networks.list, hosts.list]' 'outputs:' '  - fast: { enabled: yes, filename: fast.log }' >>suricata.yaml
printf '%s\n' '1,Hijacked,networks that nobody should talk to' '2,Scanner,hosts that scan' >categories.txt
{
  echo 'alert udp any any -> any any (msg:"Hijacked"; iprep:src,Hijacked,>,10; sid:1; rev:1;)'
  echo 'alert udp any any -> any any (msg:"Scanner"; iprep:src,Scanner,>,10; sid:2; rev:1;)'
} >test.rules
python3 - <<'PYTHON'
import struct
def packet(host):
    udp = struct.pack(">HHHH", 4000, 5000, 12, 0) + b"data"
    parts = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 32, host, 0, 64, 17, 0, bytes([10, 0, 0, host]), bytes([10, 9, 0, 1]))
    total = sum(struct.unpack(">10H", parts))
    total = (total & 0xFFFF) + (total >> 16)
    whole = parts[:10] + struct.pack(">H", ~total & 0xFFFF) + parts[12:] + udp
    return struct.pack("<IIII", 1000000000 + host, 0, len(whole), len(whole)) + whole
with open("packets.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for host in range(1, 6):
        out.write(packet(host))
PYTHON
found() { # CATEGORY: the last numbers of the hosts that its rule finds, with the lists as they are
  rm -f fast.log
  suricata -c suricata.yaml -l "$T" -k none -r packets.pcap >run.log 2>&1 || absent 'Suricata does not read'
  sed -n "s/.*\] $1 \[.*} 10\.0\.0\.\([0-9]*\):.*/\1/p" fast.log | sort | paste -sd' '
}
echo 10.0.0.0/24,1,100 >networks.list
: >hosts.list
seen 'a network' '1 2 3 4 5' "$(found Hijacked)"
echo 10.0.0.1,2,5 >hosts.list
seen 'with a host of it in the other category' '2 3 4 5' "$(found Hijacked)"
seen 'what the test says' '0 2 loaded 0 failed' "$(tested test.rules)"
seen 'what is logged' '' "$(grep -i reputation test.log run.log | grep -E '^[^:]*:(E|W)')"
echo 10.0.0.0/30,2,5 >hosts.list
seen 'with a smaller network of it in the other category' '1 2 3 4 5' "$(found Hijacked)"
echo 10.0.0.1,2,5 >hosts.list
sed -i 's/\[networks.list, hosts.list\]/[hosts.list, networks.list]/' suricata.yaml
seen 'the host, with the lists in the other order' '2 3 4 5' "$(found Hijacked)"
echo 10.0.0.1/32,2,50 >hosts.list
seen 'the host as a network of one' '1 2 3 4 5, 1' "$(found Hijacked), $(found Scanner)"
printf '%s\n' 10.0.0.1,1,100 10.0.0.1,2,50 >hosts.list
seen 'a host with two lines' '1 2 3 4 5, 1' "$(found Hijacked), $(found Scanner)"
the_end
