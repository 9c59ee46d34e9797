#!/bin/bash
# apt and a repository that goes back. Seen with apt 2.6.1 (Debian 12).
#
# Guess: `apt-get update` takes what the repository has now, or says that it is older than what it had before.
# Behaviour: an InRelease that is signed and valid, but has an older Date than the one at hand, is fetched ("Get:"), counted as
#   fetched, and dropped without a word: the lists of before stay in force, status 0. Whoever never saw the newer one gets the
#   older one. To take a package back a repository has to be signed anew, with a later Date and the older package.
# Output: 1 and 2; after going back 2 with status 0 for the one, 1 for a newcomer; 1 for both once it is signed anew.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian apt 2.6.1
debian gpg 2.2.40-1.1+deb12u2

export GNUPGHOME=$T/gnupg
mkdir -m 700 gnupg
gpg --batch -q --passphrase '' --quick-gen-key publisher@example.org rsa2048 sign never 2>/dev/null || absent 'a key of gpg'
gpg --export >key.gpg
mkdir www
publish() { # VERSION DATE: a repository that offers this version, signed then
  mkdir -p "$T/www/repository"
  printf '%s\n' 'Package: definitions' "Version: $1" 'Architecture: all' 'Maintainer: Example' "Filename: definitions_$1.deb" \
    'Size: 1' "SHA256: $(printf '%064d' 0)" 'Description: example' '' >www/repository/Packages
  printf '%s\n' 'Origin: Example' 'Suite: stable' "Date: $(date -u -d "$2" '+%a, %d %b %Y %T UTC')" 'SHA256:' \
    " $(sha256sum <www/repository/Packages | cut -d' ' -f1) $(stat -c %s www/repository/Packages) Packages" >Release
  gpg --batch -q --yes --clearsign -o www/repository/InRelease Release
}
# update CLIENT: the status, lines about InRelease, warnings and errors, and the version on offer then
update() {
  local status options=(-o "Dir::Etc=$T/$1" -o "Dir::Etc::sourcelist=$T/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State=$T/$1" -o "Dir::State::status=$T/$1/status" -o "Dir::Cache=$T/$1" \
    -o APT::Sandbox::User=root -o Acquire::http::Proxy=DIRECT)
  mkdir -p "$1/lists/partial" "$1/archives/partial"
  : >"$1/status"
  timeout 60 apt-get "${options[@]}" update >"$1/said" 2>&1
  status=$?
  echo "$status $(sed -n 's/:[0-9]* .* InRelease.*//p; s/^\([WE]\):.*/\1/p' "$1/said" | paste -sd,)" \
    "$(apt-cache "${options[@]}" policy definitions 2>/dev/null | sed -n 's/ *Candidate: //p')"
}
publish 1 '3 days ago'
serve "$T/www"
echo "deb [signed-by=$T/key.gpg] http://127.0.0.1:$port/repository ./" >sources.list
seen 'first' '0 Get 1' "$(update one)"
publish 2 '2 days ago'
seen 'a newer one' '0 Get 2' "$(update one)"
publish 1 '3 days ago'
touch -d '1 minute' www/repository/*
seen 'back to the older one' '0 Get 2' "$(update one)"
seen 'the same for a newcomer' '0 Get 1' "$(update another)"
publish 1 '1 day ago'
touch -d '2 minutes' www/repository/*
seen 'the older package, signed anew' '0 Get 1' "$(update one)"
gpgconf --kill gpg-agent
the_end
