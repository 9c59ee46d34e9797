import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** What a command in the root printed, stdout and stderr together. */
export interface Printed {
  readonly status: number
  readonly output: string
}

/**
 * This machine as it would be without Node and without a network: an overlay of `/` in memory, with processes,
 * mounts and network of its own. Nothing that happens in it reaches the machine, and nothing of it stays.
 * `/run/changed` holds what is there other than on the machine.
 */
export interface CleanRoot {
  /** Runs lines of a shell as root. */
  sh(lines: string): Promise<Printed>
  /** Ends all that runs in it. */
  close(): Promise<void>
}

const setUp = `
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount --bind /dev dev
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs run
mount --bind "$1" mnt
mkdir run/changed
mount --bind /mnt/upper run/changed
# An index of all manuals takes longer than all the rest.
rm -f var/lib/man-db/auto-update
rm -rf usr/bin/node usr/bin/nodejs usr/bin/npm usr/bin/npx usr/local/bin/node usr/lib/node_modules
rm -rf var/lib/defs etc/defs
printf '#!/bin/sh\\nexit 101\\n' >usr/sbin/policy-rc.d
chmod 755 usr/sbin/policy-rc.d
mount -t tmpfs tmpfs dev/shm
exec chroot . env -i \${PRELOADED:+LD_PRELOAD=$PRELOADED FAKETIME=$FAKETIME NO_FAKE_STAT=1} PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive sh
`

// Where the tests run on another day, so does it: with a memory of its own for that, as the one outside is out of sight.
const { LD_PRELOAD, FAKETIME_SHARED: _, ...usual } = process.env
const env = LD_PRELOAD === undefined ? usual : { ...usual, PRELOADED: LD_PRELOAD }

const isolation = ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-ec']

/** Whether such a root can be made here: on Linux, as root, where overlays can be mounted. */
export function canMakeRoot(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  return spawnSync('unshare', [...isolation, setUp, 'sh', '/usr'], { input: 'exit 0', env }).status === 0
}

/** @param shared folder of the machine that lies at `/mnt` there */
export function openRoot(shared: string): CleanRoot {
  const shell = spawn('unshare', [...isolation, setUp, 'sh', shared], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env,
  })
  shell.stdout.setEncoding('utf8')
  let unread = ''
  shell.stdout.on('data', (text: string) => {
    unread += text
  })
  const ended = once(shell, 'exit').then(() => {
    throw new Error(`the root is gone: ${unread}`)
  })
  ended.catch(() => undefined)

  async function answer(): Promise<Printed> {
    for (;;) {
      const end = /\n@@(\d+)@@\n/.exec(unread)
      if (end !== null) {
        const output = unread.slice(0, end.index)
        unread = unread.slice(end.index + end[0].length)
        return { status: Number(end[1]), output }
      }
      await Promise.race([once(shell.stdout, 'data'), ended])
    }
  }

  return {
    sh(lines) {
      shell.stdin.write(`(\n${lines}\n) </dev/null 2>&1; printf '\\n@@%s@@\\n' $?\n`)
      return answer()
    },
    async close() {
      if (shell.exitCode !== null) return
      shell.stdin.end()
      await ended.catch(() => undefined)
    },
  }
}
