import { spawnSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { withSbin } from './vendor.mjs'

const asked = {
  curl: ['--version'],
  nginx: ['-v'],
  openssl: ['version'],
  unzip: ['-v'],
  wrk: ['-v'],
  xdelta3: ['-V'],
}

/** What the figures depend on: the machine, how busy it is, and the versions of the peers. */
export function describeMachine() {
  const peers = Object.entries(asked).map(([program, args]) => {
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: withSbin() })
    return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0]?.slice(0, 60) || `${program}: not here`
  })
  const cpu = cpus()
  return {
    cpu: `${cpu.length} x ${cpu[0]?.model.trim() ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    load: loadavg()[0],
    peers,
  }
}
