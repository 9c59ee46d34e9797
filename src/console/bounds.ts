const KiB = 1024
const second = 1000

/** Every bound of the console on what a browser can send or make us do, with unit and reason. */
export const bounds = {
  /** A form or a JSON request: a reason and a few names. Bytes. */
  body: 16 * KiB,
  /** A reason as it goes into the journal: a sentence or two. Characters. */
  reason: 500,
  /** The name in a wrong login, as it is told. Characters. */
  name: 64,
  /** A password: scrypt takes any length, the form does not. Characters. */
  password: 1024,
  /** Connections of browsers and monitors at a time; each viewer holds one for its stream. */
  connections: 1000,
  /** Streams of events at a time. */
  streams: 500,
  /** Of these, for one user, and for one address: others find room whatever somebody opens. */
  ownStreams: 250,
  /** Lines of the journal that one reader of the stream is sent at once while it catches up. */
  streamLines: 100,
  /** Between two comments that keep proxies from ending a stream. Milliseconds. */
  streamBeat: 15 * second,
  /** Between two looks at the journal while somebody reads. Milliseconds. */
  journalLook: 500,
  /** Read of the journal at once. Bytes. */
  journalPiece: 256 * KiB,
  /** Events in one answer of the API. */
  events: 1000,
  /** Events that the Status page begins with. */
  shownEvents: 15,
  /** Events that are looked through for those that a page is about. */
  searchedEvents: 1000,
  /** Rows of a page; more are on the next one. */
  rows: 200,
  /** For a request to arrive in whole. Milliseconds. */
  request: 15 * second,
  /** An idle connection is kept. Milliseconds. */
  keepAlive: 30 * second,
  /** An answer of a command is kept this long, so that many viewers cost as much as one. Milliseconds. */
  memory: 1000,
  /** Different questions whose answers are kept. */
  memories: 64,
  /** An action that ends in this time tells its outcome at once. Milliseconds. */
  patience: 15 * second,
  /** The same of one that may take minutes: whoever asked sees that it is at work. Milliseconds. */
  longPatience: 1500,
  /** Outcomes of actions that can be asked for. */
  runs: 50,
  /** Wrong logins a minute, by one address and for one name. */
  attempts: 10,
  /** The period of these. Milliseconds. */
  attemptsFor: 60 * second,
  /** Addresses and names whose wrong logins are counted. */
  attemptKeys: 10_000,
  /** Passwords checked at a time, 32 MiB each. */
  checks: 2,
  /** Logins that wait for that. */
  waitingChecks: 20,
  /** Sessions at a time. */
  sessions: 1000,
  /** Of these, for one user: logging in again and again ends nobody else's. */
  ownSessions: 250,
  /** Between two writes of when sessions were used last. Milliseconds. */
  sessionWrite: 30 * second,
  /** Between two looks at certificate and key. Milliseconds. */
  certificateLook: 5 * second,
  /** For answers that are under way when the console closes. Milliseconds. */
  grace: 2 * second,
} as const
