import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import type { SetName } from '../../set-name.ts'
import type { Choose } from '../invocation.ts'
import { examples, readPublished, readSeconds, readSet } from './argument.ts'

/** Declares the commands of the internal LiveUpdate server. */
export function declarePublish(program: Command, choose: Choose): void {
  declareKeys(program, choose)
  program
    .command('publish')
    .description('add a proved set to the tree of the internal server')
    .argument('[set]', 'a set of the store, or the name for a folder of your own definitions', readSet)
    .option('--from <source>', 'a configured source, to mirror it, or a folder of definitions')
    .option('--channel <name>', 'the channel that offers it from now on', 'production')
    .addOption(treeOption())
    .addOption(new Option('--must-test', 'keep it in testing until it has passed').conflicts('skipTest'))
    .option('--skip-test', 'promote it from testing without waiting')
    .addOption(newOption())
    .addOption(rapidOption())
    .option('--reason <text>', 'for the audit trail')
    .addOption(new Option('--renew', 'only sign anew what is published').conflicts('purge'))
    .option('--purge', 'only remove published sets that the rule does not keep')
    .option('--dry-run', 'with --purge: say which; change nothing')
    .addOption(lockWaitOption())
    .addHelpText(
      'after',
      examples(
        'defs publish',
        'defs publish --from liveupdate --channel testing --must-test',
        'defs publish 20261121.001 --from ./own-definitions --to /srv/liveupdate',
        'defs publish --purge --dry-run',
      ),
    )
    .action((set: SetName | undefined, options: Publish) => {
      const { from = null, to = null, reason = null, lockWait = 0 } = options
      const mark = options.mustTest ? 'must-test' : options.skipTest ? 'skip-test' : 'open'
      const only = options.purge ? 'purge' : options.renew ? 'renew' : null
      const dryRun = options.dryRun ?? false
      const { new: create = false, rapid = false, channel } = options
      const input = { set: set ?? null, from, to, channel, mark, create, rapid, reason, lockWait } as const
      choose(
        'publish',
        { ...input, only, dryRun },
        async () => (await import('../command/publish.ts')).runPublish,
      )
    })

  program
    .command('promote')
    .description('make a published set what a channel offers')
    .addArgument(new Argument('<set>', 'a published set, or latest').argParser(readPublished))
    .usage('<set> --to <channel> [options]')
    .requiredOption('--to <channel>', 'the channel')
    .option('--tree <dir>', 'the tree, when it is not the configured one')
    .addOption(newOption())
    .addOption(rapidOption())
    .option('--passed', 'say that the set has passed its test')
    .option('--demote', 'take clients back to this older set; wants a reason')
    .option('--reason <text>', 'for the audit trail')
    .addOption(lockWaitOption())
    .addHelpText(
      'after',
      examples(
        'defs promote 20261121.003 --to production',
        'defs promote latest --to testing',
        'defs promote 20261121.003 --to production --passed --reason "no false alarms in a day"',
        'defs promote 20261120.002 --to production --demote --reason "003 quarantines our own tools"',
      ),
    )
    .action((set: SetName | 'latest', options: Promote) => {
      const { tree = null, passed = false, demote = false, reason = null, lockWait = 0 } = options
      const { new: create = false, rapid = false } = options
      const input = { set, channel: options.to, to: tree, passed, demote, create, rapid, reason, lockWait }
      choose('promote', input, async () => (await import('../command/publish.ts')).runPromote)
    })

  declareChannels(program, choose)

  program
    .command('serve')
    .description('serve the tree of the internal server over HTTP or HTTPS until a signal comes')
    .option('--root <dir>', 'the tree, when it is not the configured one')
    .option('--port <n>', 'the port, instead of serve.port; 0 takes a free one', readPort)
    .option('--host <address>', 'the address to listen at, instead of serve.host')
    .option('--listing', 'answer folders with a list of their files')
    .addHelpText('after', examples('defs serve', 'defs serve --root /srv/liveupdate --port 7070 --host ::'))
    .action(({ root, port, host, listing = false }: Serve) => {
      const input = { root: root ?? null, port: port ?? null, host: host ?? null, listing }
      choose('serve', input, async () => (await import('../command/serve.ts')).runServe)
    })
}

function declareKeys(program: Command, choose: Choose): void {
  const keys = program
    .command('keys')
    .description('the signing keys of the internal server')
    .addHelpText('after', examples('defs keys init', 'defs keys rotate timestamp', 'defs keys show --json'))
  keys
    .command('init')
    .description('make all keys, once; take the offline ones away afterwards')
    .option('--to <dir>', 'the folder, when it is not the configured one')
    .option('--root-keys <n>', 'how many root keys', readCount, 1)
    .option('--threshold <n>', 'how many of them must sign', readCount, 1)
    .addOption(
      new Option('--type <kind>', 'kind of the metadata keys')
        .choices(['ed25519', 'ecdsa'])
        .default('ed25519'),
    )
    .addOption(
      new Option('--guard-type <kind>', 'kind of the guard keys')
        .choices(['p256', 'p384', 'rsa'])
        .default('p256'),
    )
    .option('--organisation <name>', 'named in the certificates', 'defs')
    .option('--unencrypted', 'write the keys without a passphrase')
    .addHelpText(
      'after',
      examples(
        'DEFS_KEYS_PASSPHRASE=... defs keys init --root-keys 3 --threshold 2',
        'defs keys init --to /etc/defs/keys --guard-type rsa',
      ),
    )
    .action(({ to, unencrypted = false, type: kind, guardType: guardKind, ...rest }: Init) => {
      choose(
        'keys init',
        { ...rest, to: to ?? null, unencrypted, kind, guardKind },
        async () => (await import('../command/keys.ts')).runKeysInit,
      )
    })
  keys
    .command('rotate')
    .description('replace the key of a role; clients follow by themselves')
    .addArgument(
      new Argument('<role>', 'the role').choices([
        'root',
        'targets',
        'snapshot',
        'timestamp',
        'guard',
        'guard-root',
        'fleet',
      ]),
    )
    .option('--tree <dir>', 'the tree to sign anew, when it is not the configured one')
    .addHelpText(
      'after',
      examples('defs keys rotate timestamp', 'defs keys rotate root', 'defs keys rotate guard-root'),
    )
    .action((role: Role, { tree }: { tree?: string }) => {
      choose(
        'keys rotate',
        { role, to: tree ?? null },
        async () => (await import('../command/keys.ts')).runKeysRotate,
      )
    })
  keys
    .command('show')
    .description('list the keys, whether they are here, and when they expire')
    .addHelpText('after', examples('defs keys show', 'defs keys show --json'))
    .action(() => choose('keys show', {}, async () => (await import('../command/keys.ts')).runKeysShow))
}

function declareChannels(program: Command, choose: Choose): void {
  const channels = program
    .command('channels')
    .description('the channels of the internal server: what each offers, since when, and who put it there')
    .addHelpText('after', examples('defs channels', 'defs channels remove pilot --reason "nobody reads it"'))
  channels
    .command('list', { isDefault: true })
    .description('list them')
    .option('--tree <dir>', 'the tree, when it is not the configured one')
    .addHelpText('after', examples('defs channels list', 'defs channels --json'))
    .action(({ tree }: { tree?: string }) =>
      choose(
        'channels',
        { to: tree ?? null },
        async () => (await import('../command/publish.ts')).runChannels,
      ),
    )
  channels
    .command('remove')
    .description('take a channel away; its clients find nothing any more')
    .argument('<channel>', 'the channel')
    .option('--tree <dir>', 'the tree, when it is not the configured one')
    .option('--reason <text>', 'for the audit trail')
    .addOption(lockWaitOption())
    .addHelpText('after', examples('defs channels remove pilot'))
    .action((channel: string, options: { tree?: string; reason?: string; lockWait?: number }) => {
      const { tree = null, reason = null, lockWait = 0 } = options
      choose(
        'channels remove',
        { channel, to: tree, reason, lockWait },
        async () => (await import('../command/publish.ts')).runChannelsRemove,
      )
    })
}

const newOption = () => new Option('--new', 'make the channel, which is not there yet')
const rapidOption = () => new Option('--rapid', 'put a set of grade rapid even into production')
const treeOption = () => new Option('--to <dir>', 'the tree, when it is not the configured one')
const lockWaitOption = () =>
  new Option('--lock-wait <duration>', 'wait this long for another run to end: 90 (seconds), 5m').argParser(
    readSeconds,
  )

interface Publish {
  readonly from?: string
  readonly channel: string
  readonly to?: string
  readonly mustTest?: boolean
  readonly skipTest?: boolean
  readonly new?: boolean
  readonly rapid?: boolean
  readonly reason?: string
  readonly renew?: boolean
  readonly purge?: boolean
  readonly dryRun?: boolean
  readonly lockWait?: number
}

interface Promote {
  readonly to: string
  readonly tree?: string
  readonly passed?: boolean
  readonly demote?: boolean
  readonly new?: boolean
  readonly rapid?: boolean
  readonly reason?: string
  readonly lockWait?: number
}

interface Serve {
  readonly root?: string
  readonly port?: number
  readonly host?: string
  readonly listing?: boolean
}

interface Init {
  readonly to?: string
  readonly rootKeys: number
  readonly threshold: number
  readonly type: 'ed25519' | 'ecdsa'
  readonly guardType: 'p256' | 'p384' | 'rsa'
  readonly organisation: string
  readonly unencrypted?: boolean
}

type Role = 'root' | 'targets' | 'snapshot' | 'timestamp' | 'guard' | 'guard-root' | 'fleet'

function readCount(text: string): number {
  const count = Number(text)
  if (/^\d{1,2}$/.test(text) && count >= 1 && count <= 16) return count
  throw new InvalidArgumentError('Write a number from 1 to 16.')
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Write a port from 0 to 65535.')
}
