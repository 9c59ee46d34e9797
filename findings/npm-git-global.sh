#!/bin/bash
# npm: a global install of a git address whose package has a `prepare` script. Seen with npm 11.19.1.
#
# Guess: it is cloned, prepared and copied to the global folder, as `npm install` of a git dependency does.
# Behaviour: what is put there is a link to the clone in npm's cache for temporary things, which npm then removes: status 0
#   or ENOENT, and a command that does not run. With --install-links it is copied and works.
# Output: a link, and nothing behind it; a folder with the file that `prepare` made, with --install-links.
. "$(dirname "$0")/lib/setup.sh"
packages npm@11.19.1
command -v git >/dev/null || absent git
mkdir tool && cd tool
printf '%s\n' '{ "name": "example-tool", "version": "1.0.0", "bin": { "example-tool": "made.js" },' \
  '  "scripts": { "prepare": "node make.js" } }' >package.json
echo 'require("fs").writeFileSync("made.js", "#!/usr/bin/env node\nconsole.log(42)\n", { mode: 0o755 })' >make.js
git init -q && git add -A && git -c user.name=x -c user.email=x@example.org commit -qm x && cd ..
installed() { # OPTION...: what stands in the global folder, and what the command says
  rm -rf prefix
  HOME=$T node_modules/.bin/npm install -g --prefix "$T/prefix" --cache "$T/cache" --no-audit --no-fund --loglevel=error \
    "$@" "git+file://$T/tool" >install.log 2>&1
  local at=prefix/lib/node_modules/example-tool
  [ -L "$at" ] && echo -n 'link, '
  [ -e "$at/made.js" ] && echo -n 'made, ' || echo -n 'nothing there, '
  prefix/bin/example-tool 2>/dev/null || echo 'does not run'
}
seen 'as it is' 'link, nothing there, does not run' "$(installed)"
seen 'with --install-links' 'made, 42' "$(installed --install-links)"
the_end
