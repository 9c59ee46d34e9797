#!/bin/bash
# apt: a package of definitions that is built anew under the same version. Seen with apt 2.6.1, dpkg 1.21.22 (Debian 12).
#
# Guess: apt goes by the version, so that it stays as it is; or by the sum in the index, so that it is fetched.
# Behaviour: neither. Of two packages of one version apt compares a few lines of their descriptions: Installed-Size, Conflicts and the
#   like. A list with other bytes and the same size in KiB is no update, however often it is asked; one that has grown by a
#   KiB is an upgrade, from 20261130 to 20261130. Most rebuilt sets of definitions arrive, and now and then one does not;
#   status 0 each time. `apt-get install` of that name and version does nothing; with `--reinstall` it is installed.
# Output: "0 upgraded" and the old list, then "1 upgraded" and the new one.
. "$(dirname "$0")/lib/setup.sh"
debian apt 2.6.1
command -v dpkg-deb >/dev/null || absent 'dpkg is wanted'
[ "$(id -u)" = 0 ] || absent 'root is wanted: dpkg installs as root only, into a folder of this script'

mkdir -p repository etc/apt.conf.d etc/preferences.d var/lists/partial cache/archives/partial log dpkg/info dpkg/updates installed
: >dpkg/status
: >dpkg/available
echo "deb [trusted=yes] file:$T/repository ./" >etc/sources.list
printf '%s\n' "Dir::Etc \"$T/etc\";" "Dir::State \"$T/var\";" "Dir::State::status \"$T/dpkg/status\";" "Dir::Cache \"$T/cache\";" \
  "Dir::Log \"$T/log\";" 'Dir::Etc::sourceparts "-";' 'APT::Sandbox::User "root";' '#clear DPkg::Pre-Install-Pkgs;' \
  '#clear DPkg::Post-Invoke;' '#clear APT::Update::Post-Invoke;' '#clear APT::Update::Post-Invoke-Success;' \
  "Dpkg::Options { \"--root=$T/installed\"; \"--admindir=$T/dpkg\"; };" >apt.conf
export APT_CONFIG=$T/apt.conf
# publish KIBIBYTES [LINE]: this version with a list of its own, which is so long, and with this line in its description
publish() {
  rm -rf package repository/*
  mkdir -p package/DEBIAN package/usr/share/example
  head -c "$(($1 * 1024 - 100))" /dev/urandom | base64 -w 76 | head -c "$(($1 * 1024))" >package/usr/share/example/list.ndb
  printf '%s\n' 'Package: example-definitions' 'Version: 20261130' 'Architecture: all' "Installed-Size: $1" \
    'Maintainer: example <a@a.example>' 'Description: definitions' "${@:2}" >package/DEBIAN/control
  dpkg-deb --root-owner-group -b package repository >/dev/null
  (
    cd repository || exit
    deb=$(ls ./*.deb)
    dpkg-deb -f "$deb"
    echo "Filename: $deb"
    echo "Size: $(stat -c %s "$deb")"
    echo "SHA256: $(sha256sum <"$deb" | cut -d' ' -f1)"
  ) >Packages
  mv Packages repository/
  apt-get -qq update >said 2>&1 || absent "apt does not read the repository: $(tail -n 1 said)"
}
run() { # COMMAND...: its status, what it counts, and whether the list is that of the package
  local status
  timeout 60 apt-get -y "$@" >said 2>&1 </dev/null
  status=$?
  cmp -s {installed,package}/usr/share/example/list.ndb && set -- new || set -- old
  echo "$status $(grep -o '^[0-9]* upgraded, [0-9]* newly' said) $1"
}
publish 40
seen 'at first' '0 0 upgraded, 1 newly new' "$(run install example-definitions)"
publish 40
seen 'other bytes, same size: upgrade' '0 0 upgraded, 0 newly old' "$(run upgrade)"
seen 'dist-upgrade' '0 0 upgraded, 0 newly old' "$(run dist-upgrade)"
seen 'install' '0 0 upgraded, 0 newly old' "$(run install example-definitions=20261130)"
publish 41
seen 'a KiB more: upgrade' '0 1 upgraded, 0 newly new' "$(run upgrade)"
seen 'what it says' 'over (20261130)' "$(grep -o 'over (.*)' said)"
publish 41
seen 'other bytes again: upgrade' '0 0 upgraded, 0 newly old' "$(run upgrade)"
publish 41 'Homepage: https://a.example/'
seen 'another Homepage as well: upgrade' '0 0 upgraded, 0 newly old' "$(run upgrade)"
publish 41 'Conflicts: other-definitions'
seen 'another Conflicts as well: upgrade' '0 1 upgraded, 0 newly new' "$(run upgrade)"
publish 41 'Conflicts: other-definitions'
seen 'with --reinstall' '0 0 upgraded, 0 newly new' "$(run install --reinstall example-definitions)"
the_end
