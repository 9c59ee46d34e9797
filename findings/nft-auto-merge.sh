#!/bin/bash
# nft: a set with `auto-merge`, which lists of networks that overlap need, and updates by differences. Seen with nftables 1.0.6
# and, for comparison, ipset 7.17 (Debian 12).
#
# Guess: auto-merge is a matter of storage: what was added can be taken away again, and what was added beside it stays.
# Behaviour: the set knows no entries any more but what came of them. A network that was swallowed by a wider one is gone with it:
#   taken away is the wider one, status 0, and what a second list had added within is not blocked either, without a word. One
#   that was joined with its neighbour cannot be taken away: "element does not exist", and all the rest of that update, new
#   blocks as well, is not done. ipset keeps each entry. So a set with auto-merge wants to be filled anew each time (`flush set`
#   in the same file), which works.
# Output: the sets after each update, and the statuses.
. "$(dirname "$0")/lib/setup.sh"
[ "$(id -u)" = 0 ] || absent 'root is needed for a network of its own'
debian nftables 1.0.6-2+deb12u2
debian ipset 7.17-1
unshare -n ipset create some hash:net 2>/dev/null || absent 'ipset in this kernel'
unshare -n nft add table ip some 2>/dev/null || absent 'nft in this kernel'

cat >inside <<'I' # FLAG UPDATE...: each one file of lines as `add NETWORKS`; what the set has in the end
nft "add table ip some; add set ip some bad { type ipv4_addr; flags interval; $1 }"
for update in "${@:2}"; do
  tr ';' '\n' <<<"$update" | sed -E 's/^(add|delete) (.*)/\1 element ip some bad { \2 }/; s/^flush/flush set ip some bad/' >file
  nft -f file 2>>said || failed+='failed '
done
echo "${failed:-}$(nft list ruleset | grep -oE '[0-9.]+/[0-9]+' | paste -sd' ')"
I
nft_() { : >said; unshare -n bash inside "$@"; }
set_() { # UPDATE...: the same for ipset
  unshare -n sh -c 'ipset create list hash:net; ipset restore; ipset list list | grep -E "^[0-9]" | sort' <<<"$1" | paste -sd' '
}
wide='add 10.0.0.0/16' narrow='add 10.0.1.0/24' rest='add 10.9.0.0/24'
seen 'two lists, one within the other' '10.0.0.0/16' "$(nft_ auto-merge "$wide" "$narrow")"
seen 'the wide one taken away' '10.9.0.0/24' "$(nft_ auto-merge "$wide" "$narrow" 'delete 10.0.0.0/16;'"$rest")"
seen 'says' '' "$(cat said)"
joined=('add 10.0.0.0/24, 10.0.1.0/24' "$rest;delete 10.0.0.0/24")
seen 'neighbours, one taken away' 'failed 10.0.0.0/23' "$(nft_ auto-merge "${joined[@]}")"
seen 'says' 'element does not exist' "$(grep -om1 'element does not exist' said)"
seen 'neighbours without auto-merge' '10.0.1.0/24 10.9.0.0/24' "$(nft_ '' "${joined[@]}")"
seen 'filled anew' '10.0.1.0/24 10.9.0.0/24' "$(nft_ auto-merge "${joined[0]}" 'flush;add 10.0.1.0/24, 10.9.0.0/24')"
seen 'ipset, one within the other' '10.0.1.0/24' "$(set_ $'add list 10.0.0.0/16\nadd list 10.0.1.0/24\ndel list 10.0.0.0/16')"
seen 'ipset, neighbours' '10.0.1.0/24' "$(set_ $'add list 10.0.0.0/24\nadd list 10.0.1.0/24\ndel list 10.0.0.0/24')"
the_end
