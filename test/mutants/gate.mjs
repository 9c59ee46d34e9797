/** What is judged before a set becomes current. @see ../../build/mutants.mjs */
export const mutants = [
  {
    file: 'src/gate/clamscan.ts',
    find: 'Buffer.byteLength(stdout) > limits.gateOutput || ',
    replace: '',
    tests: ['test/gate/engine.test.ts'],
    why: 'output that is not read in full passes for clean',
  },
  {
    file: 'src/gate/clamscan.ts',
    find: '(status === 1) !== found.size > 0',
    replace: 'false',
    tests: ['test/gate/engine.test.ts'],
    why: 'findings that nobody understands pass for clean',
  },
  {
    file: 'src/gate/engine.ts',
    find: 'if (files.length === before) return',
    replace: 'if (false) return',
    tests: ['test/gate/engine.test.ts'],
    why: 'an empty folder of samples passes',
  },
  {
    file: 'src/gate/engine.ts',
    find: 'if (/[\\r\\n]/.test(file)) return',
    replace: 'if (/[\\r]/.test(file)) return',
    tests: ['test/gate/engine.test.ts'],
    why: 'a name that is two lines',
  },
  {
    file: 'src/gate/size.ts',
    find: 'is * 100 < was * leastShare',
    replace: 'is * 100 <= was * leastShare',
    tests: ['test/gate/size.test.ts'],
    why: 'shrunk, by one',
  },
  {
    file: 'src/gate/size.ts',
    find: 'growthCounts && is > was * most',
    replace: 'growthCounts && is >= was * most',
    tests: ['test/gate/size.test.ts'],
    why: 'grown, by one',
  },
  {
    file: 'src/gate/size.ts',
    find: 'now.bytes > limits.growth.from',
    replace: 'now.bytes >= limits.growth.from',
    tests: ['test/gate/size.test.ts'],
    why: 'growth of small sets, by one',
  },
  {
    file: 'src/gate/run-bounded.ts',
    find: "process.platform === 'linux' ? await findProgram('prlimit') : null",
    replace: 'null',
    tests: ['test/gate/engine.test.ts'],
    why: 'no bound of memory',
  },
]
