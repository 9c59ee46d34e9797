import { stringify } from 'yaml'

/** What a short starter file may be written for. */
export type StarterKind = 'clamav' | 'rules' | 'liveupdate' | 'internal'

/** Part of a configuration, as data. */
export type ConfigTables = Readonly<Record<string, unknown>>

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const daily = (source: string) => [{ source, days: everyDay, first: '06:00', jitter: '30m' }]

/** Configurations that work once the addresses of the examples are changed to one's own. */
const usual: Readonly<Record<StarterKind, ConfigTables>> = {
  clamav: {
    store: { root: '/var/lib/defs', group: 'clamav' },
    sources: {
      clamav: { kind: 'clamav', hosts: ['https://database.clamav.net/'], dns: 'current.cvd.clamav.net' },
    },
    scanner: { kind: 'clamd', socket: '/run/clamav/clamd.ctl' },
    schedule: [{ source: 'clamav', every: '2h', jitter: '10m' }],
  },
  rules: {
    store: { root: '/var/lib/defs' },
    sources: {
      rules: {
        kind: 'rules',
        url: 'https://rules.example/emerging.rules.tar.gz',
        minisign: '/etc/defs/rules.pub',
      },
    },
    scanner: { kind: 'suricata', socket: '/run/suricata-command.socket' },
    schedule: daily('rules'),
  },
  liveupdate: {
    store: { root: '/var/lib/defs' },
    trust: { anchors: ['/etc/defs/vendor-root.pem'] },
    sources: { liveupdate: { kind: 'liveupdate', hosts: ['http://liveupdate.example/'] } },
    schedule: daily('liveupdate'),
  },
  internal: {
    store: { root: '/var/lib/defs' },
    trust: { anchors: ['/etc/defs/guard-root.pem'], tufRoot: '/etc/defs/root.json' },
    sources: {
      internal: { kind: 'internal', hosts: ['http://updates.example:7070/'], channel: 'production' },
    },
    schedule: [{ source: 'internal', every: '1h', jitter: '10m' }],
  },
}

/**
 * A short starter file that works once its addresses are right.
 * @param given tables that replace those of the kind
 * @param schema place of the JSON Schema, for editors; null when there is none
 */
export function shortStarter(kind: StarterKind, given: ConfigTables, schema: string | null): string {
  const modeline = schema === null ? '' : `# yaml-language-server: $schema=${schema}\n`
  const head = '# Configuration of defs; man defs.yaml has every key. Then: defs config check, defs update\n'
  const text = stringify(
    { ...usual[kind], ...given },
    { flowCollectionPadding: true, lineWidth: 0, collectionStyle: 'any' },
  )
  return `${modeline}${head}${text}`
}
