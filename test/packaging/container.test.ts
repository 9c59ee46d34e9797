import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { isInstalled, isRoot } from '../support/real-servers.ts'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const container = join(project, 'packaging', 'container')
const here = isRoot() && ['buildah', 'runc', 'dpkg-deb'].every(isInstalled)

let folder: string
let env: NodeJS.ProcessEnv

function run(program: string, args: readonly string[], cwd = folder) {
  return spawnSync(program, [...args], { encoding: 'utf8', env, cwd, timeout: 120_000 })
}

beforeAll(() => {
  if (!here) return
  folder = mkdtempSync(join(tmpdir(), 'defs-container-'))
  chmodSync(folder, 0o755)
  const storage = join(folder, 'storage.conf')
  writeFileSync(
    storage,
    `[storage]\ndriver = "vfs"\ngraphroot = "${join(folder, 'images')}"\nrunroot = "${join(folder, 'run')}"\n`,
  )
  env = {
    ...process.env,
    CONTAINERS_STORAGE_CONF: storage,
    PACKAGES: folder,
    SOURCE_DATE_EPOCH: '1767225600',
  }
  const made = run(process.execPath, [
    join(project, 'build', 'package', 'package.mjs'),
    '--level',
    '0',
    '--out',
    folder,
  ])
  if (made.status !== 0) throw new Error(made.stderr)
  const built = run(join(container, 'build.sh'), ['localhost/defs:test'])
  if (built.status !== 0) throw new Error(built.stderr)
}, 240_000)
afterAll(() => {
  if (!here) return
  run('buildah', ['rm', '--all'])
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!here)('the image', { timeout: 120_000 }, () => {
  it('is for a user that is not root, with one volume, and healthy by the verdict', () => {
    const { stdout } = run('buildah', ['inspect', '--type', 'image', 'localhost/defs:test'])
    const { config } = JSON.parse(stdout).Docker
    expect(config.User).toBe('10001:10001')
    expect(Object.keys(config.Volumes)).toEqual(['/var/lib/defs'])
    expect(config.Healthcheck.Test).toEqual(
      expect.arrayContaining(['CMD', '/usr/lib/defs/bin/defs.js', 'status']),
    )
    expect(config.Entrypoint.at(-1)).toBe('/usr/lib/defs/bin/defs.js')
    expect(config.Cmd).toEqual(['daemon'])
  })

  it('runs with a root that is read-only, no capability and no network', (context) => {
    const bundle = join(folder, 'bundle')
    const store = join(folder, 'store')
    const etc = join(folder, 'etc')
    for (const made of [bundle, store, etc]) mkdirSync(made)
    chownSync(store, 10001, 10001)
    // As Kubernetes gives a folder of configuration to the group of a pod.
    chownSync(etc, 0, 10001)
    chmodSync(etc, 0o2777)
    cpSync(join(project, 'fixtures', 'liveupdate'), join(etc, 'liveupdate'), { recursive: true })
    cpSync(join(project, 'fixtures', 'trust', 'root.pem'), join(etc, 'root.pem'))
    writeFileSync(
      join(etc, 'defs.yaml'),
      `maxAge: 36500d
trust: { anchors: [root.pem] }
sources: { vendor: { kind: liveupdate, hosts: ['file:///etc/defs/liveupdate/'] } }
`,
    )
    const working = run('buildah', ['from', 'localhost/defs:test']).stdout.trim()
    const root = run('buildah', ['mount', working]).stdout.trim()

    const defs = (...line: string[]) => {
      writeFileSync(join(bundle, 'config.json'), JSON.stringify(specification(root, store, etc, line)))
      return run('runc', ['--root', join(folder, 'runc'), 'run', '--bundle', bundle, `defs-${process.pid}`])
    }
    const first = defs('--version')
    // A machine whose kernel lets nobody make containers proves nothing about the image.
    if (/cgroup|operation not permitted|unshare/i.test(first.stderr)) context.skip(first.stderr)
    expect(first.stderr).toBe('')
    expect(defs('status', '--quiet').status).toBe(13)
    const updated = defs('update')
    expect([updated.status, updated.stdout]).toEqual([0, expect.stringContaining('is current now')])
    expect(defs('status', '--quiet').status).toBe(0)
    expect(defs('prestart', '--json').status).toBe(0)
  })
})

function specification(root: string, store: string, etc: string, line: readonly string[]) {
  const program = ['/usr/lib/defs/node', '--use-openssl-ca', '/usr/lib/defs/bin/defs.js']
  const bind = (source: string, destination: string, mode: string) => ({
    source,
    destination,
    type: 'bind',
    options: ['bind', mode],
  })
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 10001, gid: 10001 },
      args: [...program, ...line],
      env: ['HOME=/var/lib/defs', 'DEFS_STORE_ROOT=/var/lib/defs'],
      cwd: '/',
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
      bind(store, '/var/lib/defs', 'rw'),
      bind(etc, '/etc/defs', 'ro'),
    ],
    linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  }
}

describe('the recipes', () => {
  const read = (name: string) => readFileSync(join(container, name), 'utf8')

  it('for Compose has the updater beside the scanner and prestart before it', () => {
    const { services, volumes } = parse(read('compose.yaml'))
    expect(Object.keys(volumes)).toEqual(['definitions'])
    expect(services['definitions-first'].command[0]).toBe('prestart')
    for (const name of ['definitions-first', 'definitions']) {
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
    expect(services.scanner.volumes).toContain('definitions:/var/lib/defs:ro')
    // The updater is healthy once the scanner uses the set: a scanner that waited for that would wait for ever.
    expect(services.scanner.depends_on).toEqual({
      'definitions-first': { condition: 'service_completed_successfully' },
    })
    // The group of the image, by which the sets may be read.
    expect(services.scanner.user).toMatch(/^[1-9]\d*:10001$/)
  })

  it('for Kubernetes has prestart as init container, and probes for life and for the verdict', () => {
    const [deployment] = parseAllDocuments(read('kubernetes.yaml')).map((document) => document.toJS())
    const { initContainers, containers, volumes } = deployment.spec.template.spec
    expect(initContainers[0].args[0]).toBe('prestart')
    const [updater] = containers
    expect(updater.livenessProbe.httpGet.path).toBe('/livez')
    expect(updater.readinessProbe.httpGet.path).toBe('/healthz')
    for (const { securityContext } of [initContainers[0], updater]) {
      expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsUser: 10001 })
    }
    expect(containers[1].securityContext).toMatchObject({ runAsGroup: 10001 })
    const known = volumes.map(({ name }: { name: string }) => name)
    for (const { volumeMounts } of [...initContainers, ...containers]) {
      for (const { name } of volumeMounts) expect(known).toContain(name)
    }
  })
})
