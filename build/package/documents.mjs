import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../make-bundle.mjs'
import { pages, print } from '../manual.mjs'
import { nodeComponents, softwareBill } from '../software-bill.mjs'
import { nodeLicence } from './program.mjs'
import { copyFolder, put } from './tree.mjs'

/** The pages of the manual. @returns pairs of name and text */
export function manualPages() {
  return inTurn(pages, (page) => print('manual', page))
}

/** The completion scripts. @returns pairs of shell and text */
export function completions() {
  return inTurn(['bash', 'zsh', 'fish'], (shell) => print('completion', shell))
}

/**
 * Writes what is read and not run: documents, examples, the bill of materials, all licences.
 * @param packages folders of the packages whose code is in the program
 */
export function layDocuments(folder, packages, version) {
  const manifests = packages.map((path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')))
  const taken = manifests.map((manifest) => `${manifest.name}@${manifest.version}`)
  copyFolder(join(project, 'docs'), join(folder, 'docs'))
  copyFolder(join(project, 'packaging', 'examples'), join(folder, 'examples'))
  copyFolder(join(project, 'packaging', 'monitoring'), join(folder, 'monitoring'))
  put(join(folder, 'README.md'), readFileSync(join(project, 'README.md')))
  put(join(folder, 'sbom.cdx.json'), softwareBill({ taken, runtime: nodeComponents() }))
  const notices = [
    `defs ${version}\n\n${readFileSync(join(project, 'LICENSE'), 'utf8')}`,
    `Node.js ${process.versions.node}: the file node\n\n${nodeLicence()}`,
    ...packages.map((path, index) => notice(path, manifests[index])),
  ]
  const line = `\n\n${'-'.repeat(72)}\n\n`
  put(
    join(folder, 'copyright'),
    `Copyright and licences of defs and of all that is in its package.${line}${notices.join(line)}\n`,
  )
}

function notice(folder, { name, version, license }) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version}, licence ${license}`, ...texts].join('\n\n')
}

async function inTurn(names, print) {
  const pairs = []
  for (const name of names) pairs.push([name, await print(name)])
  return pairs
}
