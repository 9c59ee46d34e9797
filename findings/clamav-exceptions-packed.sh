#!/bin/bash
# ClamAV: a list of exceptions by name (.ign2) in a container. Seen with clamav 1.4.6 (Debian 12).
#
# Guess: what a container of the site (.cud) holds works as the same files in the folder do; exceptions lie there as those of
#   daily.cvd do.
# Behaviour: a name is excepted from what is loaded after it, and all but daily and plain .ign2 is loaded in the order in which the
#   folder happens to list it (`ls -U`), which is not that of the names. So an exception in a container works or does
#   nothing by luck, which another copy of the same set need not have; nobody says anything. In a `daily` it works for
#   all, as a plain .ign2 does; exceptions by hash (.fp, .sfp) work from any container.
# Output: the sample is found when its list comes before the container with the exception, and not when it comes after it; it
#   is not found with the name in daily.cud or in the folder, nor with its hash in a container, in either order.
. "$(dirname "$0")/lib/setup.sh"
debian clamav 1.4.6+dfsg-0+deb12u1
command -v clamscan >/dev/null && command -v sigtool >/dev/null || absent clamscan

printf 'text of the sample\n' >sample
hash=$(md5sum <sample | cut -d' ' -f1):19
echo "$hash:Example.Sample" >list.hdb
echo Example.Sample >list.ign2
echo "$hash:good" >list.fp
echo "$(sha256sum <sample | cut -d' ' -f1):19:good" >list.sfp
for kind in ign2 fp sfp; do # each a container made by sigtool, with a signature that matters to nobody
  mkdir $kind && touch $kind/COPYING && cp list.$kind $kind/own.$kind
  echo 'Example.Other:0:*:6f74686572207369676e6174757265' >$kind/own.ndb
  (cd $kind && echo me | sigtool --unsigned --cvd-version=1 --datadir=. --build=own.cud >built 2>&1)
done
found() { clamscan --database=db --no-summary sample 2>&1 | sed 's/^.*: //' | paste -sd' '; }
fresh() { # FILE...: they alone are in the folder
  rm -rf db && mkdir db
  cp "$@" db/
}
# either KIND: what is found for each order of the container and the list, tried with names until both orders came about.
either() {
  local at order said=
  for at in $(seq 60); do
    rm -rf db && mkdir db
    [ $((at % 2)) = 0 ] || cp list.hdb db/
    cp "$1/own.cud" "db/own$at.cud"
    [ $((at % 2)) = 1 ] || cp list.hdb db/
    [ "$(ls -U db | head -n 1)" = list.hdb ] && order=behind || order=before
    case $said in *$order*) continue ;; esac
    said="$said$order it $(found)"$'\n'
    [ "$(printf %s "$said" | wc -l)" = 2 ] && break
  done
  printf %s "$said" | sort | paste -sd,
}
fresh list.hdb
seen 'no exception' 'Example.Sample.UNOFFICIAL FOUND' "$(found)"
seen 'a container with the name, and the list' 'before it OK,behind it Example.Sample.UNOFFICIAL FOUND' "$(either ign2)"
for kind in fp sfp; do
  seen "a container with the hash (.$kind), and the list" 'before it OK,behind it OK' "$(either $kind)"
done
fresh list.hdb list.ign2
seen 'the name in the folder' OK "$(found)"
for copy in 1 2; do
  [ $copy = 1 ] && fresh list.hdb || fresh sample
  cp ign2/own.cud db/daily.cud
  cp list.hdb db/
  seen "the name in daily.cud, $copy" OK "$(found)"
done
the_end
