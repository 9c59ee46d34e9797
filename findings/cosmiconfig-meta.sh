#!/bin/bash
# cosmiconfig: what constructing an explorer does. Seen with cosmiconfig 9.0.2.
#
# Guess: nothing is read before `search` or `load` is called, and `load(FILE)` reads FILE only.
# Behaviour: `cosmiconfig('name')` looks for a "meta configuration" in the working directory at once, and runs it when
#   it is code: `.config/config.js` there is executed although no search was asked for, whatever `searchPlaces` and
#   `loaders` say. A program that root starts in a folder of another user must not construct one. The parsers
#   (`defaultLoaders`) do none of that.
# Output: a file that this code writes is there after the construction alone.
. "$(dirname "$0")/lib/setup.sh"
packages cosmiconfig@9.0.2

mkdir -p elsewhere/.config
echo "require('node:fs').writeFileSync('ran', 'yes'); module.exports = {}" >elsewhere/.config/config.js
cat >try.mjs <<'J'
import { cosmiconfig, defaultLoaders } from 'cosmiconfig'

if (process.argv[2] === 'construct') cosmiconfig('defs', { searchPlaces: ['defs.yaml'], loaders: { '.js': () => null } })
else defaultLoaders['.yaml']('defs.yaml', 'a: 1')
J
ran() {
  rm -f elsewhere/ran
  (cd elsewhere && node "$T/try.mjs" "$1" >/dev/null 2>&1)
  [ -e elsewhere/ran ] && echo yes || echo no
}
echo '{"private":true}' >elsewhere/package.json
seen 'the parsers alone run it' no "$(ran parse)"
seen 'constructing runs it' yes "$(ran construct)"
the_end
