// What others send, fill or look at: consoles, metrics, reports of a fleet, addresses with keys, the room on the disk.
const login = ['test/console/session.test.ts']
const share = ['test/console/share.test.ts']
const spans = ['test/event/journal-spans.test.ts']
const reserve = ['test/disk/reserve.test.ts']

/** @type {import('../../build/mutants.mjs').Mutant[]} */
export const mutants = [
  {
    file: 'src/console/web/wrong-logins.ts',
    find: 'const key = looked ?',
    replace: 'const key = looked || name !== address ?',
    tests: login,
    why: 'names tried without end fill the journal',
  },
  {
    file: 'src/console/api/api-routes.ts',
    find: 'if (clientOf(authorization) !== null) attempts.right(from, from)',
    replace: 'attempts.right(from, from)',
    tests: ['test/console/server.test.ts'],
    why: 'wrong tokens are never counted',
  },
  {
    file: 'src/schedule/metrics-server.ts',
    find: '  shareConnections(server, limits.metricsConnections)\n',
    replace: '',
    tests: ['test/schedule/metrics-server.test.ts'],
    why: 'one client holds all connections',
  },
  {
    file: 'src/fleet/bus/folder-feed.ts',
    find: '      if (fresh.length === mostAtOnce) break\n',
    replace: '',
    tests: ['test/fleet/bus/folder-feed.test.ts'],
    why: 'all reports of a folder are in memory at once',
  },
  {
    file: 'src/fleet/bus/folder-feed.ts',
    find: '      last = name\n',
    replace: '',
    tests: ['test/fleet/bus/folder-feed.test.ts'],
    why: 'who rewrites his files without end keeps others from being heard',
  },
  {
    file: 'src/event/make-event.ts',
    find: 'const facts = withoutKeys(given)',
    replace: 'const facts = given',
    tests: ['test/event/make-event.test.ts'],
    why: 'the key of an address is kept in the journal',
  },
  {
    file: 'src/cli/output.ts',
    find: '  const text = shownText(given)',
    replace: '  const text = given',
    tests: ['test/cli/plain-text.test.ts'],
    why: 'the key of an address is printed',
  },
  {
    file: 'src/publish/place-file.ts',
    find: '    assertSpace(dirname(to), (await lstat(from)).size, reserve)\n',
    replace: '',
    tests: reserve,
    why: 'a tree on another disk is filled to its end',
  },
  {
    file: 'src/archive/member-file.ts',
    find: 'await writeMember(to, contentOfFile(from, signal), look, reserve)',
    replace: 'await writeMember(to, contentOfFile(from, signal), look)',
    tests: reserve,
    why: 'what is taken over from the set before fills the disk',
  },
  {
    file: 'src/fetch/transfer.ts',
    find: '    checkSize(want.bytes, false, want, place.maxBytes, remote.url)\n',
    replace: '',
    tests: ['test/fetch/fetch.test.ts'],
    why: 'a size that nothing has is taken for a full disk',
  },
  {
    file: 'src/archive/tar-header.ts',
    find: " || key === 'SUN.holesdata'",
    replace: '',
    tests: ['test/archive/tar.test.ts'],
    why: "a sparse file of Solaris' tar is taken for a dense one",
  },
  {
    file: 'bin/load-bundle.js',
    find: 'return new Proxy({}, { get: find, ownKeys, getOwnPropertyDescriptor })',
    replace: 'return new Proxy({}, { get: find })',
    tests: ['test/build/bundle.test.ts'],
    why: 'a part of Node that is imported as a whole is empty',
  },
  {
    file: 'src/console/session/sessions.ts',
    find: 'own.length > bounds.ownSessions ? own : ',
    replace: '',
    tests: share,
    why: 'one user ends the sessions of others',
  },
  {
    file: 'src/console/live/stream.ts',
    find: '>= bounds.ownStreams)',
    replace: '> bounds.ownStreams)',
    tests: share,
    why: 'one stream more than its share',
  },
  {
    file: 'src/console/web/proxy-login.ts',
    find: '  if (!isNews) return { ...visitor, id: begun }\n',
    replace: '',
    tests: share,
    why: 'who keeps no cookie fills the journal',
  },
  {
    file: 'src/event/make-event.ts',
    find: 'text.length > limits.eventText ?',
    replace: 'false ?',
    tests: ['test/event/make-event.test.ts'],
    why: 'a fact of any length is kept',
  },
  {
    file: 'src/event/journal-spans.ts',
    find: ' || end - start > limits.journalPiece',
    replace: '',
    tests: spans,
    why: 'much is read at once by what is written beside the journal',
  },
  {
    file: 'src/event/journal-spans.ts',
    find: 'from < read ||',
    replace: 'from < start ||',
    tests: spans,
    why: 'the same is read again and again by what is written beside the journal',
  },
  {
    file: 'src/update/forward.ts',
    find: 'Math.min(limits.forwardTime, left)',
    replace: 'limits.forwardTime',
    tests: ['test/update/forward.test.ts'],
    why: 'a run is held up by where refused sets are sent',
  },
  {
    file: 'src/scanner/suricata-rules.ts',
    find: ' && message.length <= limits.suricataPath',
    replace: '',
    tests: ['test/scanner/suricata.test.ts'],
    why: 'names without measure are kept',
  },
]
