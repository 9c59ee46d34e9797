import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/resolve.ts'
import { nextRuns } from '../../src/schedule/next-runs.ts'
import { tooOften } from '../../src/schedule/too-often.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'packaging', 'examples')

function check(name: string) {
  const file = join(folder, name)
  return checkConfig({ file, env: {}, cwd: folder, home: folder, uid: null, secrets: false })
}

/** Runs of each source on one Tuesday in winter. */
async function runsOf(name: string): Promise<Record<string, number>> {
  const { config } = await check(name)
  const until = new Date('2026-01-13T23:59:59Z')
  const bounds = { count: 1000, until, timeZone: 'UTC', host: null }
  const counts: Record<string, number> = {}
  for (const { source } of nextRuns(config.schedule, new Date('2026-01-12T23:59:59Z'), bounds)) {
    counts[source] = (counts[source] ?? 0) + 1
  }
  return counts
}

const daily: [string, Record<string, number>][] = [
  ['certified-daily.yaml', { liveupdate: 1 }],
  ['certified-and-rapid.yaml', { liveupdate: 1, rapid: 12 }],
  ['internal-client.yaml', { internal: 24 }],
  ['internal-server.yaml', { liveupdate: 1 }],
  ['shared-with-endpoint.yaml', { shared: 72 }],
  ['intelligent-updater.yaml', { updater: 5 }],
  ['drop-folder.yaml', { courier: 6 }],
  ['cluster-node.yaml', { liveupdate: 1 }],
  ['alerts.yaml', { liveupdate: 1 }],
]

describe('the example configurations', () => {
  it('are these', () => {
    expect(readdirSync(folder).sort()).toEqual(daily.map(([name]) => name).sort())
  })

  it.each(daily)('%s has no problem and runs as it says', async (name, runs) => {
    const { problems, warnings, config } = await check(name)
    expect(problems).toEqual([])
    expect(warnings).toEqual([])
    expect(tooOften(config.schedule, config.sources)).toEqual([])
    expect(await runsOf(name)).toEqual(runs)
  })

  it('of the cluster asks for the role and waits while passive', async () => {
    const { config } = await check('cluster-node.yaml')
    expect(config.role.command).toHaveLength(1)
    expect(config.managementAddress).toBe(false)
  })

  it('of the alerts has somebody to write to, on a protected line', async () => {
    const { config } = await check('alerts.yaml')
    expect(config.events.sinks.map(({ kind }) => kind)).toEqual(['mail', 'syslog'])
    expect(config.events.sinks[0]).toMatchObject({
      tls: 'starttls',
      to: expect.arrayContaining(['admins@example.org']),
    })
  })
})
