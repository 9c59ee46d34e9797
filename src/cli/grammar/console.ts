import { type Command, Option } from 'commander'
import type { Choose } from '../invocation.ts'
import { examples } from './argument.ts'

type Role = 'viewer' | 'operator' | 'approver'

/** Declares who may log in to the console. */
export function declareConsole(program: Command, choose: Choose): void {
  const user = program
    .command('console')
    .description('the console in the browser, which `defs daemon` serves')
    .addHelpText('after', examples('defs console user add ines --role operator', 'defs console user list'))
    .command('user')
    .description('who may log in to the console')
    .addHelpText('after', examples('defs console user add ines --role operator', 'defs console user list'))
  user
    .command('add')
    .description('let somebody log in, or give another role and password')
    .argument('<name>', 'up to 64 letters, digits, and . _ @ -')
    .addOption(
      new Option('--role <role>', 'what they may do: look, act on one host, or approve for a fleet')
        .choices(['viewer', 'operator', 'approver'])
        .makeOptionMandatory(),
    )
    .addOption(passwordFile())
    .addHelpText(
      'after',
      examples(
        'defs console user add ines --role operator',
        'defs console user add wall --role viewer --password-file /run/wall',
      ),
    )
    .action(
      (name: string, { role, passwordFile: file = null }: { role: Role; passwordFile?: string | null }) => {
        const input = { user: name, role, passwordFile: file }
        choose('console user add', input, async () => (await import('../command/console-user.ts')).runUserAdd)
      },
    )
  user
    .command('list')
    .description('list who may log in')
    .addHelpText('after', examples('defs console user list', 'defs console user list --json'))
    .action(() =>
      choose('console user list', {}, async () => (await import('../command/console-user.ts')).runUserList),
    )
  user
    .command('remove')
    .description('let somebody log in no more; sessions end at once')
    .argument('<name>', 'the user')
    .addHelpText('after', examples('defs console user remove ines'))
    .action((name: string) =>
      choose(
        'console user remove',
        { user: name },
        async () => (await import('../command/console-user.ts')).runUserRemove,
      ),
    )
  user
    .command('password')
    .description('give somebody another password; sessions end at once')
    .argument('<name>', 'the user')
    .addOption(passwordFile())
    .addHelpText('after', examples('defs console user password ines'))
    .action((name: string, { passwordFile: file = null }: { passwordFile?: string | null }) => {
      const input = { user: name, passwordFile: file }
      choose(
        'console user password',
        input,
        async () => (await import('../command/console-user.ts')).runUserPassword,
      )
    })
}

const passwordFile = () =>
  new Option('--password-file <file>', 'its first line is the password; else stdin, or what is typed')
