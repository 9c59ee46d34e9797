const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

/**
 * Every bound on what a stranger can send or make us do. Safe by default; the few that an honest site may
 * have to raise are options below `limits:` in the configuration.
 */
export const limits = {
  /** One byte is the real thing (a space); some servers add a line end. Bytes. */
  miniTri: 64,
  /** Signed index archives: the real ones are 4 KiB to 2 MiB. Bytes, as sent. */
  index: 8 * MiB,
  /** The same, unpacked, all members together. Bytes. */
  indexUnpacked: 32 * MiB,
  /** `md5-hash.txt` and other lists of one line a file. Bytes. */
  hashList: 4 * MiB,
  /** A signature or digest beside a pack of rules. Bytes. */
  sideFile: 256 * KiB,
  /** A pack of rules, as sent: it is signed as a whole, so it is checked in memory. The largest have 50 MiB. Bytes. */
  rulePack: 256 * MiB,
  /** One file of rules, which is read as one text to count them. Bytes. */
  ruleFile: 256 * MiB,
  /** A folder listing, as text (an FTP listing or an HTML index). Bytes. */
  listing: 8 * MiB,
  /** `sequence/<number>/` folders looked into; more than a few unfinished ones at the top are no site. */
  sequenceFolders: 8,
  /** How long a server may take to say what the reset of a data connection meant. Milliseconds. */
  ftpVerdict: 3000,
  /** An unsigned database that is read to tell whether it has changed, when its server does not say. Bytes. */
  customContent: 8 * MiB,
  /** Comment of a zip: a commit's number, a line of text. Bytes. */
  zipComment: 1024,
  /** The certificates that a signed Windows program has at its end. Bytes. */
  programSignature: MiB,
  /** Older packages of a drop folder that are tried when the newest ones are refused. */
  olderPackages: 4,
  /** Names in one listing. */
  listingEntries: 50_000,
  /** A package, as sent. The largest real ones are below 1 GiB. Bytes. */
  package: 4 * GiB,
  /** A set, unpacked. Bytes. */
  unpacked: 8 * GiB,
  /** Members of one archive; a real set has some dozen files, a rule pack some hundred. */
  entries: 10_000,
  /** Unpacked size of one member over its packed size. Deflate cannot pass 1032. */
  ratio: 200,
  /** A member below this many bytes unpacked is never refused for its ratio. Bytes. */
  ratioFrom: 4 * MiB,
  /** A member's name, folders included. Bytes of UTF-8. */
  name: 240,
  /** Folders above a member. */
  depth: 8,
  /** One header that only describes a member (pax, a long name, gzip's own): names and times. Bytes. */
  description: 64 * KiB,
  /** Members of one gzip file, each of which is begun anew: bgzip makes one of 64 KiB. */
  gzipMembers: 4096,
  /** Zeros after the end marker of a tar file: writers fill up a record of their device. Bytes. */
  tarPadding: 4 * MiB,
  /** What may precede the archive in a self-extracting program or script. Bytes. */
  stub: 16 * MiB,
  /** The header of a patch; xdelta3 keeps two file names there. Bytes. */
  patchHeader: 64 * KiB,
  /** What one window of a patch makes; ours make 2 MiB, those of xdelta3 8. Held in memory. Bytes. */
  patchWindow: 64 * MiB,
  /** The delta of one window: all of it new, with an instruction for every other byte. Bytes. */
  patchDelta: 128 * MiB,
  /** Windows of one patch; without a bound, empty ones cost a reader time and make nothing. */
  patchWindows: 65_536,
  /** Pages of the base kept in memory while a patch is applied. Bytes. */
  patchPages: 64 * MiB,
  /** Times that one window may make every page of its segment be read; honest ones stay below 1. */
  patchRereads: 4,
  /** The largest file we make a patch for; it is read into memory. Bytes. */
  patchBase: 1 * GiB,
  /** What the bases of patches that are being made hold at a time; one is always let in. Bytes. */
  patchBases: 1 * GiB,
  /** `v.grd`: 10,000 entries of 200 bytes. Bytes. */
  guard: 4 * MiB,
  /** `v.sig`: a signature and a few certificates. Bytes. */
  signature: 256 * KiB,
  /** The `.info` of a ClamAV database: a line a file. Bytes. */
  databaseInfo: 1 * MiB,
  /** A line of a ClamAV database that is patched: the longest real ones have some hundred KiB. Bytes. */
  databaseLine: 8 * MiB,
  /** A list of hashes from this size on lies in its set inside of a container (src/clamav/packed-list.ts). Bytes. */
  packedList: 16 * MiB,
  /** A patch of a ClamAV database (cdiff), as sent; for more the whole database is no longer. Bytes. */
  databasePatch: 16 * MiB,
  /** Its script, unpacked. Bytes. */
  databaseScript: 256 * MiB,
  /** A line of that script: the new line, and what stands before it. Bytes. */
  databaseCommand: 9 * MiB,
  /** What one member's changes take in memory until they are carried out. Bytes; number. */
  databaseEdits: 24 * MiB,
  databaseEditsCount: 200_000,
  /** Lines to be added that are kept in memory before they go to the disk. Bytes. */
  databaseAdditions: 1 * MiB,
  /** Times that one patch may have a member written anew: a member each, and some moves. */
  databaseRewrites: 1024,
  /** Certificates between a signer and its anchor. */
  chain: 8,
  /** Older guard roots of the internal server that signatures still lead to; within `chain`. */
  guardRoots: 4,
  /** Signatures checked while looking for a way to an anchor; certificates of one name multiply the ways. */
  chainChecks: 256,
  /** Certificates inside one signature. */
  certificates: 64,
  /** Certificates inside that answer to the name of one signer: each has its key tried on all of the content. */
  namesakes: 8,
  /** Signers of one signature; each of them must verify. */
  signers: 8,
  /** ASN.1 elements inside each other; a signature with certificates needs about a dozen. */
  asn1Depth: 32,
  /** An object identifier as encoded: the usual ones have some ten, one made of a UUID has 20. Bytes. */
  asn1Identifier: 128,
  /** Least length of an RSA key that may prove anything (NIST SP 800-131A). Bits. */
  rsaBits: 2048,
  /** HTTP redirects followed for one request. */
  redirects: 5,
  /** Hosts of one source. */
  hosts: 32,
  /** Waiting for a connection, its TLS handshake included. Milliseconds. */
  connect: 20_000,
  /** Silence on a connection before it counts as stalled. Milliseconds. */
  stall: 30_000,
  /** Least mean throughput over `throughputWindow`; slower is an attack or no use. Bytes a second. */
  throughput: 1 * KiB,
  /** The window over which throughput is judged. Milliseconds. */
  throughputWindow: 60_000,
  /** One whole run over all its sources. Milliseconds. */
  deadline: 2 * 60 * 60 * 1000,
  /** Tries of one transfer at one place; each but the first resumes where the last one stopped. */
  tries: 4,
  /** Tries when a listed MD5 differs (the habit of Rapid Release scripts, docs/domain.md section 3). */
  digestTries: 3,
  /** First pause between tries; doubles each time, with jitter. Milliseconds. */
  backoff: 500,
  /** Longest pause between tries. Milliseconds. */
  backoffMost: 15_000,
  /** A 429 without Retry-After: how long the source is left alone. Milliseconds. */
  coolDown: 4 * 60 * 60 * 1000,
  /** The longest Retry-After that is believed. Milliseconds. */
  coolDownMost: 24 * 60 * 60 * 1000,
  /** A 403 of a ClamAV mirror: how long it is left alone, as freshclam does. Milliseconds. */
  coolDownForbidden: 24 * 60 * 60 * 1000,
  /** Patches from the installed ClamAV database to the newest; a mirror keeps about as many. */
  databasePatches: 60,
  /** Asking about one unsigned list, and bringing all of them: the signed databases do not wait longer. Milliseconds. */
  partAsk: 20_000,
  parts: 10 * 60 * 1000,
  /** A `.sign` file: a few lines with a signature and certificates each. Bytes. */
  databaseSign: 256 * KiB,
  /** One question to a name server, repeats included. Milliseconds. */
  dnsAnswer: 5_000,
  /** Age from which a TXT record of versions tells nothing, as freshclam 1.4 has it. Milliseconds. */
  dnsRecord: 12 * 60 * 60 * 1000,
  /** How far the start of a set's day may lie ahead of the clock: time zones reach UTC+14. Milliseconds. */
  future: 14 * 60 * 60 * 1000,
  /** A configuration file. Bytes. */
  config: 1 * MiB,
  /** Interrupted downloads kept for the next run, all together. Bytes. */
  partial: 4 * GiB,
  /** How many of them: a full and an incremental package of each of a few sources. Older ones are offered no more. */
  partialEntries: 8,
  /** The note beside an interrupted download: an address, an ETag, two numbers. Bytes. */
  partialNote: 16 * KiB,
  /** The beginning of a file in which a web page is recognised. Bytes. */
  htmlHead: 4 * KiB,
  /** The body of an answer without a file, read away so that its connection can be used again. Bytes. */
  drain: 64 * KiB,
  /** The same, in time; after that a new connection is cheaper. Milliseconds. */
  drainTime: 1000,
  /** Least time between two progress reports of one transfer. Milliseconds. */
  progressEvery: 100,
  /** `definfo.dat`, `usage.dat` and each JSON record of the store: some hundred lines. Bytes. */
  storeText: 4 * MiB,
  /** What a publisher keeps beside its tree: the trail of audits grows by some hundred bytes a change. Bytes. */
  publishText: 256 * MiB,
  /** A file of certificates or keys that the configuration names: a system's bundle has 250 KiB. Bytes. */
  trustFile: 4 * MiB,
  /** Bad sets and damaged records kept as evidence. */
  quarantineEntries: 3,
  /** The same, all together; the newest one stays whatever its size. Bytes. */
  quarantine: 2 * GiB,
  /** What stays free on its disk, where evidence has to be copied there. Bytes. */
  quarantineFree: 64 * MiB,
  /** A file up to this size is read and written at once: every way through another thread takes longer. Bytes. */
  smallFile: 128 * KiB,
  /** Files being flushed to the disk at a time: more gain nothing, fewer leave the disk waiting. */
  flushes: 8,
  /** How long a rename on Windows waits for whoever has the file open: longer than a look of a scanner. Milliseconds. */
  fileInUse: 5_000,
  /** What a lock says of its holder. Bytes. */
  lockFile: 4 * KiB,
  /** Pause between two looks at a lock that another run holds. Milliseconds. */
  lockPoll: 100,
  /** A lock that tells of no owner: its maker died between making and writing it. Milliseconds. */
  lockUnwritten: 10_000,
  /** From one sign of life of a lock's holder to the next. Milliseconds. */
  lockBeat: 30_000,
  /** A lock of another machine or container, whose processes we cannot see, without a sign of life. Milliseconds. */
  lockDead: 5 * 60 * 1000,
  /** What a scanner's program prints and we keep for the error. Bytes. */
  commandOutput: 8 * KiB,
  /** From SIGTERM to SIGKILL. Milliseconds. */
  commandGrace: 5_000,
  /** How long the last output of a program that has ended may take to arrive. Milliseconds. */
  commandDrain: 250,
  /** Samples and known-clean files that the gate scans, all together; each costs a moment at every update. */
  gateFiles: 10_000,
  /** What the gate's engine prints: a line for each of those files that it detects. Bytes. */
  gateOutput: 8 * MiB,
  /** What the gate says of one check in events and records. Characters. */
  gateText: 1000,
  /** How long a program of the gate may take; a full set of ClamAV takes half a minute to load. Milliseconds. */
  gateTimeout: 10 * 60_000,
  /** Address space of the gate's engine; a full set of ClamAV takes some 1.5 GiB. Bytes. */
  gateMemory: 4 * GiB,
  /** A set below this may become many times as large. Bytes. */
  gateGrowthFrom: 64 * MiB,
  /** An answer of clamd to a command. Bytes. */
  clamdReply: 4 * KiB,
  /** One question to clamd, from connecting to the end of its answer; it answers at once even while it loads. Milliseconds. */
  clamdAnswer: 10_000,
  /** Times that clamd is told to load before it counts as one that cannot be told. */
  clamdTells: 3,
  /** How long clamd or Suricata may take to load a set; a full one of ClamAV takes some 30 s on a small machine. Milliseconds. */
  scannerLoad: 180_000,
  /** A conversation with Suricata, but for a reload; it says nothing while it loads. Milliseconds. */
  suricataAnswer: 10_000,
  /** An answer of Suricata: the list of the rules it refused holds them whole. Characters. */
  suricataReply: 16 * MiB,
  /** Times that Suricata is told to load while somebody else has it load. */
  suricataTells: 300,
  /** A path that Suricata names (PATH_MAX). Characters. */
  suricataPath: 4096,
  /** Entries of `rule-files` that are asked for. */
  suricataFiles: 256,
  /** Pause between two questions to a scanner. Milliseconds. */
  scannerPoll: 200,
  /** How long an engine may be missing, after a reload, before the set is refused: waiting does not bring it back. Milliseconds. */
  clamdLost: 2_000,
  /** The same for a clamd that is gone: the time that a service manager needs to start it again. Milliseconds. */
  clamdGone: 60_000,
  /** Processes that are looked at for a running clamd. */
  processes: 20_000,
  /** How old what was asked of the scanner may be when the daemon tells its health. Milliseconds. */
  sightAge: 15_000,
  /** How long a run waits to write its part of status.json. Milliseconds. */
  statusLock: 5_000,
  /** How long a new set is compared with the one before, to tell what is new. Milliseconds. */
  news: 60_000,
  /** What a scanner is to detect as its proof; clamd takes 25 MiB at least. Bytes. */
  canary: 4 * MiB,
  /** How long the program that tells a scanner of a set may take, unless configured. Milliseconds. */
  scannerCommand: 60_000,
  /** Detections that the confirm window may bring, unless configured; a site of some size sees a few a minute. */
  detections: 100,
  /** From one look at a scanner that is being confirmed to the next. Milliseconds. */
  confirmEvery: 5_000,
  /** Looks in a row at which it must be unwell before a set is taken back. */
  confirmMisses: 3,
  /** What a server of the bus says until it lets us in: a line of some hundred bytes, more in a cluster. Bytes. */
  busGreeting: 1 * MiB,
  /** The program that tells whether a scanner is well. Milliseconds. */
  scannerWatch: 30_000,
  /** A piece of a scanner's log read at a time, and the longest line of it that is understood. Bytes. */
  scannerLog: 64 * KiB,
  /** Sets in a scanner's own folder: the one in use and the one before. */
  scannerCopies: 2,
  /** A piece of the journal read at a time, from its end. Bytes. */
  journalPiece: 256 * KiB,
  /** A fact of an event, as a reason; what is longer is cut. Characters; entries of a list. */
  eventText: 8192,
  eventList: 100,
  /** Lines that `history` tells in one piece whose places are kept; with more of them the piece is read whole. */
  journalTold: 64,
  /** What is looked at of a journal while an event is written, to know what it is about. Bytes. */
  journalLearning: 16 * MiB,
  /** What is known of all files of a journal: some hundred bytes a piece. Bytes. */
  journalSpans: 64 * MiB,
  /** Events that wait in memory for a journal that cannot be written; the oldest go first. */
  journalWaiting: 1000,
  /** Different things a journal says that are kept in mind while it is read; more are read anew. */
  journalTales: 10_000,
  /** A licence file (`.slf`): some hundred bytes a licence. Bytes. */
  licence: 1 * MiB,
  /** Elements inside each other in a licence file; real ones have two or three. */
  licenceDepth: 32,
  /** Share of the disk of the store below which an alarm is due (docs/domain.md section 7: 10 %). */
  lowDisk: 0.1,
  /** How far a record may lie ahead of the clock: machines that share a disk are not exactly alike. Milliseconds. */
  clockSkew: 5 * 60 * 1000,
  /** A clock further ahead of all that the store has seen is rather wrong than idle. Milliseconds. */
  clockAhead: 366 * 24 * 60 * 60 * 1000,
  /** TUF metadata of each role: some hundred bytes a key or target. Bytes. */
  tufRoot: 512 * KiB,
  tufTimestamp: 16 * KiB,
  tufSnapshot: 2 * MiB,
  tufTargets: 5 * MiB,
  /** Roots followed in one run; a client may have slept for years. */
  tufRoots: 256,
  /** Card of a fleet. Bytes. */
  fleetCard: 256 * KiB,
  /** Sets that one statement may withdraw; a publisher names the newest ones. */
  withdrawn: 64,
  /** Roles asked about one target. */
  tufDelegations: 32,
  /** Files are sent in pieces of this size: fewer turns of the event loop for each byte. Bytes. */
  servePiece: 512 * KiB,
  /** Pieces that are kept for others who ask for the same. */
  servePieces: 64,
  /** How long running transfers may go on when the server is stopped. Milliseconds. */
  serveGrace: 10_000,
  /** How far a next run is looked for: 29 February on a given weekday recurs within 40 years. Days. */
  scheduleDays: 40 * 366,
  /** Free share of the memory below which it is told. */
  lowMemory: 0.1,
  /** How long before the end of a certificate it is told. Milliseconds. */
  certificateWarning: 30 * 24 * 60 * 60 * 1000,
  /** What was refused and is sent on for analysis, at most. Bytes. */
  forward: 512 * MiB,
  /** How long that may take, all of it, and how long it may when the time of the run is over. Milliseconds. */
  forwardTime: 60_000,
  forwardLeast: 3000,
  /** Configured sinks. */
  sinks: 16,
  /** How long a run waits for its sinks when it ends; the next run goes on. Milliseconds. */
  sinkFlush: 5_000,
  /** The same after a signal. Milliseconds. */
  sinkFlushInterrupted: 1_000,
  /** One delivery to one sink, where nobody waits for it. Milliseconds. */
  sinkDelivery: 30_000,
  /** A sink that fails is told of this often. Milliseconds. */
  sinkReport: 60 * 60 * 1000,
  /** Events that wait for one sink; the oldest go first. */
  spoolEntries: 1000,
  /** One waiting event; a longer text is cut. With the count above: 16 MiB a sink. Bytes. */
  spoolEntry: 16 * KiB,
  /** Events whose repeats one sink keeps in mind. */
  repeats: 500,
  /** A syslog datagram: what every receiver should take (RFC 5424 section 6.1). Bytes. */
  syslogDatagram: 2048,
  /** A syslog message over TCP or TLS: rsyslog breaks what has more than 8096 in two (RFC 5425 section 4.3.1). Bytes. */
  syslogMessage: 8000,
  /** How long the network has to say that nobody listens to a datagram. Milliseconds. */
  syslogDatagramAnswer: 50,
  /** Events in one connection, one mail. */
  sinkTogether: 100,
  /** More events than this make one mail of all. */
  mailSingles: 3,
  /** The subject of a mail. Characters. */
  mailSubject: 200,
  /** From SIGTERM to SIGKILL for a program that takes events: a run waits for it. Milliseconds. */
  sinkGrace: 500,
  /** From one check of store and scanner by the daemon to the next (docs/domain.md section 9). Milliseconds. */
  checkEvery: 10 * 60 * 1000,
  /** How long the daemon waits when another run is at work, or for its node to become active. Milliseconds. */
  daemonPause: 60_000,
  /** A clock that goes back by more than this was set; the daemon plans anew. Milliseconds. */
  clockBack: 60_000,
  /**
   * From one look of a daemon at what nobody tells it of to the next, at the least: its configuration file, a pause that is ended
   * by hand. Milliseconds.
   */
  daemonLook: 1_000,
  /** How much later a look may be, so that the waking every ten seconds always comes before. Milliseconds. */
  lookSlack: 10_500,
  /** How long a configuration file has to stay the same before it is read. Milliseconds. */
  configSettle: 1_000,
  /** How long telling systemd may take. Milliseconds. */
  notify: 5_000,
  /** How long the program that knows the role of a node may take. Milliseconds. */
  roleCommand: 10_000,
  /** `defs prestart` without `--timeout`. Milliseconds. */
  prestart: 60_000,
  /** Of that time, what is kept for proving what is on disk when fetching hangs. Milliseconds. */
  prestartReserve: 5_000,
  /** From asking a hanging fetch to end to killing it. Milliseconds. */
  prestartGrace: 500,
  /** A request for metrics: its headers, and how long sending them may take. Bytes; milliseconds. */
  metricsHeaders: 8 * KiB,
  metricsRequest: 5_000,
  /** Connections to the daemon for metrics at a time. */
  metricsConnections: 16,
  /** Packing a mirrored set, and patches from every base, beyond the time for the network. Milliseconds. */
  mirrorMaking: 2 * 60 * 60 * 1000,
  /** What a command of ours may print as its result. Bytes. */
  childResult: 1 * MiB,
  /** A small target of an internal server that is kept, so that it need not be asked for again. Bytes. */
  tufKeptTarget: 1 * MiB,
  /** How long comparing two sets for a page may take. Milliseconds. */
  consoleDiff: 60_000,
  /** What a bundle says of itself: two lines a file. Bytes. */
  bundleStatement: 4 * MiB,
  /** Knocking at a port to see whether anybody is there. Milliseconds. */
  knock: 3_000,
  /** Addresses that are knocked at for one piece of advice. */
  knocks: 128,
} as const
