/** What a controller of a fleet may not forget, believe or do twice. @see ../../build/mutants.mjs */
const facts = { file: 'src/fleet/fact-file.ts', tests: ['test/fleet/fact-file.test.ts'] }
const table = { file: 'src/fleet/host-table.ts', tests: ['test/fleet/host-table.test.ts'] }
const admitted = { file: 'src/fleet/controller/admitted.ts', tests: ['test/fleet/records.test.ts'] }
const kept = { file: 'src/fleet/host/kept-report.ts', tests: ['test/fleet/records.test.ts'] }
const hearing = { file: 'src/fleet/controller/hearing.ts', tests: ['test/fleet/controller.test.ts'] }
const judge = { file: 'src/fleet/judge.ts', tests: ['test/fleet/train.test.ts'] }

export const mutants = [
  {
    ...facts,
    find: 'if (n !== upTo + index + 1)',
    replace: 'if (n < 0)',
    why: 'a decision that is gone from the log is not missed',
  },
  {
    ...facts,
    find: 'last: upTo + log.length',
    replace: 'last: log.at(-1)?.n ?? facts.at(-1)?.n ?? 0',
    why: 'a fact that a snapshot left out gives its number away twice',
  },
  {
    ...facts,
    find: 'if (mark !== this.#mark) {',
    replace: "if (this.#mark === '') {",
    why: 'what somebody else decided is never read',
  },
  {
    ...table,
    tests: hearing.tests,
    find: 'return entry === undefined || told?.key === entry.key ? told : null',
    replace: 'return entry === undefined || told ? told : null',
    why: 'who reported under a name before its host was admitted counts as that host',
  },
  {
    file: 'src/fleet/roster.ts',
    tests: hearing.tests,
    find: 'const before = last?.key === key ? last : null',
    replace: 'const before = last',
    why: 'the time for which a host is well goes on over another key',
  },
  {
    ...table,
    find: 'for (const other of this.#useKey(name, heard)) names.add(other)',
    replace: 'this.#useKey(name, heard)',
    why: 'of two machines with one key only the one that spoke last is shown',
  },
  {
    ...table,
    find: ': [...touched, ...this.#conflicts],',
    replace: ': [...touched],',
    why: 'a conflict is shown for ever',
  },
  {
    ...admitted,
    find: "if (!hosts) throw broken(path, 'it is no list of admitted hosts')",
    replace: 'if (!hosts) return new Map()',
    why: 'a broken list of hosts is taken for an empty one and written over',
  },
  {
    ...kept,
    find: 'if (kept !== undefined) return kept',
    replace: 'return kept ?? null',
    why: 'a host that lost its number counts from one and is never believed again',
  },
  {
    ...hearing,
    find: 'if (entry !== undefined && entry.key !== key) {',
    replace: 'if (entry === undefined) {',
    why: 'any key speaks for a host',
  },
  {
    ...judge,
    find: 'const enough = counts.taking === 0 && goodAt.length >= needed',
    replace: 'const enough = goodAt.length >= needed',
    why: 'a ring passes while one of its hosts is in the middle of it',
  },
]
