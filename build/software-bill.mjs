import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const project = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * A bill of materials (CycloneDX 1.5, JSON) of what npm knows to be needed, without time, serial number and the
 * name of this folder: the same commit makes the same bytes.
 * @param taken `name@version` of what is in fact inside, when not all is
 * @param runtime components beside those of npm
 */
export function softwareBill({ taken = null, runtime = [] } = {}) {
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  // Not `--omit dev`: that leaves out what tools need beside the program, as yaml (seen in npm 11.19).
  const line = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const bill = JSON.parse(
    execFileSync('npm', line, { cwd: project, encoding: 'utf8', shell: process.platform === 'win32' }),
  )
  const root = bill.metadata.component['bom-ref']
  const needed = new Set([root, ...(taken ?? neededToRun())])
  const inside = (reference) => needed.has(reference)
  delete bill.serialNumber
  delete bill.metadata.timestamp
  bill.metadata.component.name = manifest.name
  bill.components = [...bill.components.filter((one) => inside(one['bom-ref'])), ...runtime]
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => inside(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(inside) }))
  return `${JSON.stringify(bill, null, 2)}\n`
}

/** What the lock file has for whoever only runs the program, as `name@version`. */
function neededToRun() {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`)
}

/** The Node that runs this, and its part that most advisories are about. */
export function nodeComponents() {
  return [
    ['node', process.versions.node, 'nodejs', 'node.js', 'MIT'],
    ['openssl', process.versions.openssl, 'openssl', 'openssl', 'Apache-2.0'],
  ].map(([name, version, vendor, product, license]) => ({
    'bom-ref': `${name}@${version}`,
    type: name === 'node' ? 'platform' : 'library',
    name,
    version,
    cpe: `cpe:2.3:a:${vendor}:${product}:${version.replace(/\+.*/, '')}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/${name}@${encodeURIComponent(version)}`,
    licenses: [{ license: { id: license } }],
  }))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(join(project, 'sbom.cdx.json'), softwareBill())
}
