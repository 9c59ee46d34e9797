import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** What is run here is compiled, and only what is compiled comes into the code cache. */
export const usualLines = [
  ['--version'],
  ['--help'],
  ['config', 'check'],
  ['update'],
  ['update'],
  ['check'],
  ['verify'],
  ['status'],
  ['status', '--json'],
  ['list'],
  ['history'],
  ['report'],
]

/**
 * A vendor on loopback, whose files are the fixtures, and a configuration with a store that is thrown away.
 * @param work given the folder in which they lie, for `runLines`
 */
export async function withVendor(fixtures, work) {
  const root = mkdtempSync(join(tmpdir(), 'defs-build-'))
  const server = createServer((request, response) => answer(request, response, join(fixtures, 'liveupdate')))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    writeFileSync(join(root, 'defs.yaml'), configuration(root, server.address().port, fixtures))
    await work(root)
  } finally {
    server.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** @throws when a command ends as it should not: a build whose program does not run is none */
export async function runLines(main, lines, root) {
  for (const line of lines) {
    const said = []
    const output = { write: (text) => said.push(text) }
    const code = await main([...line, '--config', join(root, 'defs.yaml')], {
      stdout: output,
      stderr: output,
      env: {},
      cwd: root,
      home: root,
    })
    if (code !== 0) throw new Error(`defs ${line.join(' ')} ended with ${code}:\n${said.join('')}`)
  }
}

function configuration(root, port, fixtures) {
  return `store: { root: '${join(root, 'store')}' }
trust: { anchors: ['${join(fixtures, 'trust', 'root.pem')}'] }
sources:
  vendor: { kind: liveupdate, hosts: ['http://127.0.0.1:${port}/'] }
maxAge: 36500d
`
}

function answer(request, response, folder) {
  const file = join(folder, basename(decodeURIComponent(request.url)))
  const etag = `"${basename(file)}"`
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
  response.writeHead(200, { etag }).end(readFileSync(file))
}
