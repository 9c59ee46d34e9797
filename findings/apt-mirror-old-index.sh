#!/bin/bash
# apt-mirror: a repository that changes the forms of its index. Seen with apt-mirror 0.5.4 (Debian 12).
#
# Guess: it reads the index that Release names, or the newest of those that it has fetched; what it cannot fetch any more it
#   forgets, and a run that could not bring what the new index names fails.
# Behaviour: of Packages.gz, .xz and .bz2 it reads the first that lies in its folder, whether the server still has that one or
#   not. Once a repository has Packages.xz alone the Packages.gz of before is read for good: no new package is ever fetched.
#   The new Release and Packages.xz are published in the mirror all the same, so that its clients are told of packages that it
#   does not have. Not a word, status 0. The same goes for a package that the server fails to send: Release and index that
#   name it are published, status 0.
# Output: index 2 and package 1, twice; package 2 once the old Packages.gz is taken away by hand.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian apt-mirror 0.5.4-2
debian nginx 1.22.1-9+deb12u11
debian wget 1.21.3-1+deb12u1

mkdir -p www/dists/stable/main/binary-amd64 www/pool
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
printf '%s\n' "set base_path $T/spool" 'set defaultarch amd64' 'set nthreads 2' 'set _contents 0' 'set run_postmirror 0' \
  'set use_proxy on' "set http_proxy 127.0.0.1:$port" 'deb http://repository.example/ stable main' >mirror.list
publish() { # VERSION FORM...: this version of a package, and an index that names it, in these forms alone
  local folder=www/dists/stable/main/binary-amd64 package=pool/rules_$1_all.deb form
  echo "package $1" >"www/$package"
  rm -f "$folder"/* www/dists/stable/Release
  printf '%s\n' 'Package: rules' "Version: $1" 'Architecture: all' "Filename: $package" "Size: $(stat -c %s "www/$package")" \
    "SHA256: $(sha256sum <"www/$package" | cut -d' ' -f1)" '' >index
  for form in "${@:2}"; do
    case $form in gz) gzip -c index ;; xz) xz -c index ;; esac >"$folder/Packages.$form"
  done
  printf '%s\n' 'Suite: stable' 'Architectures: amd64' 'Components: main' "Date: $(date -R)" SHA256: >www/dists/stable/Release
  (cd www/dists/stable && sha256sum main/*/* | while read -r sum name; do echo " $sum $(stat -c %s "$name") $name"; done >>Release)
  find www -type f -exec touch -d "2026-01-0$1" {} +
}
mirror() { # what a run says and makes of it: status, lines that tell of trouble, versions in the index and in the pool
  apt-mirror mirror.list >out 2>&1
  echo "status $?, $(grep -ciE 'error|fail|warn|404|stale|old' out) words, index $(xz -dc "$M"/dists/stable/main/*/Packages.xz |
    sed -n 's/^Version: //p'), pool$(cd "$M/pool" && ls | tr -dc '0-9\n' | sed 's/^/ /' | tr -d '\n')"
}
M=spool/mirror/repository.example
publish 1 gz xz
seen 'both forms' 'status 0, 0 words, index 1, pool 1' "$(mirror)"
publish 2 xz
seen 'Packages.xz alone' 'status 0, 0 words, index 2, pool 1' "$(mirror)"
seen 'once more' 'status 0, 0 words, index 2, pool 1' "$(mirror)"
seen 'the Release of the mirror has' 1 "$(grep -c "$(sha256sum <"$M"/dists/stable/main/binary-amd64/Packages.xz | cut -d' ' -f1)" \
  "$M/dists/stable/Release")"
rm spool/skel/repository.example/dists/stable/main/binary-amd64/Packages.gz
seen 'without the old Packages.gz' 'status 0, 0 words, index 2, pool 1 2' "$(mirror)"
publish 3 xz
rm www/pool/rules_3_all.deb
seen 'a package that does not come' 'status 0, 0 words, index 3, pool 1 2' "$(mirror)"
the_end
