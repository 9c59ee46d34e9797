#!/bin/bash
# ostree: a commit after which the summary was not made anew. Seen with ostree 2022.7 (Debian 12).
#
# Guess: the summary is a list for people and tools; a pull of a branch goes by the branch (`refs/heads/NAME`), as it does in a
#   repository without a summary.
# Behaviour: once there is a summary, its word on the branch counts, however old: clients stay at the commit of that day, status 0,
#   while `refs/heads` beside it has the new one. Nothing but the publisher's next `summary -u` ends it; neither `commit` nor
#   `static-delta generate` makes one.
# Output: without a summary 2, 3; with the summary of 3: 3 after 4 was committed; 4 after `summary -u`.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian ostree 2022.7-2+deb12u1
export HOME=$T

mkdir www tree
ostree --repo=www/repo init --mode=archive
serve www
ostree --repo=client init --mode=bare-user
ostree --repo=client remote add --no-gpg-verify origin "http://127.0.0.1:$port/repo"
commit() { # NUMBER
  echo "$1" >tree/version
  ostree --repo=www/repo commit -b sets --tree=dir=tree >/dev/null
}
pulled() { # status, and the version that the client has then
  ostree --repo=client pull origin sets >pull.log 2>&1
  echo "$? $(ostree --repo=client cat origin:sets /version)"
}
commit 2
seen 'without a summary' '0 2' "$(pulled)"
commit 3
seen 'without a summary, the next' '0 3' "$(pulled)"
ostree --repo=www/repo summary -u
commit 4
seen 'with the summary of before' '0 3' "$(pulled)"
seen 'the branch at the server' "$(ostree --repo=www/repo rev-parse sets)" "$(curl -s "http://127.0.0.1:$port/repo/refs/heads/sets")"
ostree --repo=www/repo summary -u
seen 'after summary -u' '0 4' "$(pulled)"
the_end
