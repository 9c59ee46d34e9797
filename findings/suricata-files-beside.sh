#!/bin/bash
# suricata: files that rules name without a folder. Seen with suricata 7.0.10 (Debian 12, backports).
#
# Guess: all of them are looked for in one place, be it beside the file of rules or in default-rule-path.
# Behaviour: lists of datasets and of digests (filemd5) are found beside the file of rules, Lua scripts only in
#   default-rule-path. A pack that is unpacked into a folder of its own keeps its lists and loses its scripts.
# Output: "0 1 loaded 0 failed" for both lists beside the rules; status 1 for the script there, and "0 1 loaded 0 failed" for
#   the script in default-rule-path.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/suricata.sh"
echo 'security: { lua: { allow-rules: true } }' >>suricata.yaml
mkdir pack
echo example.com | base64 >pack/names.lst
echo 00112233445566778899aabbccddeeff >pack/digests.md5
printf 'function init(args)\n  return { ["http.uri"] = tostring(true) }\nend\nfunction match(args)\n  return 0\nend\n' >pack/look.lua
http() { echo "alert http any any -> any any (msg:\"example\"; $1; sid:1; rev:1;)"; }
http 'http.host; dataset:isset,names,type string,load names.lst' >pack/dataset.rules
seen 'a list of a dataset beside the rules' '0 1 loaded 0 failed' "$(tested pack/dataset.rules)"
http 'filemd5:digests.md5' >pack/digests.rules
seen 'a list of digests beside them' '0 1 loaded 0 failed' "$(tested pack/digests.rules)"
http 'lua:look.lua' >pack/script.rules
tested pack/script.rules >tested
seen 'a script beside them' 1 "$(cut -d' ' -f1 tested)"
cp pack/look.lua .
seen 'the script in default-rule-path' '0 1 loaded 0 failed' "$(tested pack/script.rules)"
the_end
