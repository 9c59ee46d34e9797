/** What others on the machine could do to us, and what programs of ours learn. @see ../../build/mutants.mjs */
const who = { file: 'src/disk/who-may-write.ts', tests: ['test/disk/who-may-write.test.ts'] }
const environment = { file: 'src/run-command.ts', tests: ['test/run-command.test.ts'] }
const space = { file: 'src/disk/free-space.ts', tests: ['test/disk/reserve.test.ts'] }
const answer = { file: 'src/publish/serve/answer.ts', tests: ['test/publish/serve.test.ts'] }
const serve = { file: 'src/publish/serve/serve.ts', tests: ['test/publish/serve.test.ts'] }
const known = { file: 'src/publish/serve/known.ts', tests: ['test/publish/known.test.ts'] }
const shares = { file: 'src/share-connections.ts', tests: ['test/publish/serve.test.ts'] }

export const mutants = [
  {
    ...environment,
    find: '!/^DEFS_/i.test(name)',
    replace: '!/^DEFS_/.test(name)',
    why: 'a variable of ours in lower case reaches programs',
  },
  {
    ...environment,
    find: ' && !passwordVariables.has(name.toLowerCase())',
    replace: '',
    why: 'a password reaches programs',
  },
  {
    ...who,
    find: "readOnly: options.split(',').includes('ro')",
    replace: 'readOnly: true',
    why: 'every mount counts as read-only',
  },
  {
    ...who,
    find: 'return shared && !trusted(stats.uid)',
    replace: 'return false && !trusted(stats.uid)',
    why: 'the link of another user in a sticky folder',
  },
  {
    ...who,
    find: 'if ((stats.mode & 0o002) !== 0) return',
    replace: 'if (stats.isFile() && (stats.mode & 0o002) !== 0) return',
    why: 'a folder that everybody may write to',
  },
  {
    ...who,
    find: 'if (stats.isDirectory() && isShared(stats)) return null',
    replace: 'if (stats.isDirectory()) return null',
    why: 'the modes of folders',
  },
  { ...who, find: 'if (gid === 0) return null', replace: 'return null', why: 'a group with others in it' },
  {
    ...who,
    find: 'return own.includes(gid) ? null : String(gid)',
    replace: 'return null',
    why: 'a group that nobody knows',
  },
  { ...space, find: 'let unseen = step', replace: 'let unseen = 0', why: 'many small files fill the disk' },
  {
    ...space,
    find: 'if (reserve === 0 || unseen < step) return',
    replace: 'return',
    why: 'what announces nothing fills the disk',
  },
  {
    file: 'src/vcdiff/apply-patch.ts',
    find: '    watch(body.targetLength)\n',
    replace: '',
    tests: ['test/disk/reserve.test.ts'],
    why: 'a patch fills the disk',
  },
  { ...answer, find: '        asked.delete(url)\n', replace: '', why: '"unchanged" is said of a link' },
  {
    ...answer,
    find: ' || realpathSync.native(place) !== place',
    replace: '',
    why: '"unchanged" is said through a folder that is a link',
  },
  {
    ...answer,
    find: "includes('PRIVATE KEY-----')",
    replace: "includes('\\0')",
    why: 'a key in a PEM file is served',
  },
  {
    ...serve,
    find: 'allowList: isProbe',
    replace: 'allowList: []',
    why: 'probes are counted',
  },
  {
    ...serve,
    find: '  shareConnections(server.server, config.connections)\n',
    replace: '',
    why: 'one client takes all connections',
  },
  {
    ...known,
    find: String.raw`/^(?:\/\w[\w.-]*)+\.\w+$/`,
    replace: '/./',
    why: 'a file of its name answers for a page of the server',
  },
  {
    ...known,
    find: 'end(() => told(request, 304, performance.now() - from))',
    replace: 'end()',
    why: 'what is answered before the router is not counted',
  },
  {
    ...shares,
    find: 'slice(0, 4)',
    replace: 'slice(0, 8)',
    why: 'each address of one network counts for itself',
  },
]
