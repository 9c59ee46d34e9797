#!/bin/bash
# @tufjs/models: which target a delegated role signs for. Seen with @tufjs/models 4.1.1.
#
# Guess: `paths` of a delegation are the specification's shell patterns, as python-tuf reads them with fnmatch: `*`,
#   `?`, `[...]` and nothing else special.
# Behaviour: they are handed to minimatch. So `dir/*` does not cover `dir/.hidden`, `{a,b}.zip` covers a.zip and b.zip
#   and not the file of that name, `+(a).zip` and `!(a).zip` are patterns as well, a pattern that begins with `#` covers
#   nothing. One tree is read in two ways by two clients; publishers should keep to names without any of these.
# Output: see the lines below; fnmatch beside it.
. "$(dirname "$0")/lib/setup.sh"
packages @tufjs/models@4.1.1

cat >ask.js <<'J'
import { Targets } from '@tufjs/models'

const covers = (pattern, file) =>
  [
    ...Targets.fromJSON({
      _type: 'targets', spec_version: '1.0.0', version: 1, expires: '2030-01-01T00:00:00Z', targets: {},
      delegations: {
        keys: {},
        roles: [{ name: 'role', keyids: ['a'.repeat(64)], threshold: 1, terminating: false, paths: [pattern] }],
      },
    }).delegations.rolesForTarget(file),
  ].length === 1
console.log(covers(process.argv[2], process.argv[3]) ? 'yes' : 'no')
J
both() { # PATTERN FILE TUFJS FNMATCH
  seen "$1 covers $2, tuf-js" "$3" "$(node ask.js "$1" "$2")"
  seen "$1 covers $2, fnmatch" "$4" "$(python3 -c 'import fnmatch, sys; print("yes" if fnmatch.fnmatchcase(sys.argv[2], sys.argv[1]) else "no")' "$1" "$2")"
}
both 'dir/*.zip' dir/a.zip yes yes
both 'dir/*' dir/.hidden no yes
both '{a,b}.zip' a.zip yes no
both '{a,b}.zip' '{a,b}.zip' no yes
both '+(a).zip' aa.zip yes no
both '#1.zip' '#1.zip' no yes
the_end
