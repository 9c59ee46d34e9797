import { createHash } from 'node:crypto'
import {
  access,
  constants,
  mkdir,
  opendir,
  readdir,
  realpath,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Candidate } from './candidate.ts'
import { clamscan, type Scan } from './clamscan.ts'
import { type Finding, finding } from './finding.ts'
import type { Bounds } from './run-bounded.ts'

type Settings = Pick<Config['gate'], 'detect' | 'eicar' | 'clean'>

/**
 * Whether the engine loads the set (`engine`), detects what it must (`detect`), and detects nothing in what is known
 * to be clean (`clean`).
 * @throws INTERRUPTED
 */
export async function judgeByEngine(
  program: string,
  candidate: Candidate,
  settings: Settings,
  bounds: Bounds,
  context: Context,
): Promise<readonly Finding[]> {
  const { clean: cleanPaths, detect: detectPaths, eicar } = settings
  const [probe, test] = await writeProbes(bounds.cwd, eicar)
  const [detect, clean] = [await listSamples(detectPaths), await listSamples(cleanPaths)]
  const must = withFile(detect, test)
  const scan = (directory: string, files: readonly string[]) =>
    clamscan(program, directory, files, bounds, context)
  const archiveProbe = await prepareArchiveProbe(candidate)
  const packed = archiveProbe === null ? [] : [archiveProbe.packed]
  const all = await scan(archiveProbe?.directory ?? candidate.directory, [
    probe,
    ...packed,
    ...listed(must),
    ...listed(clean),
  ])
  if (all.state !== 'broken')
    return [loaded(all, archiveProbe), judgeDetect(must, all), judgeClean(clean, all)]
  const reason = 'the engine did not load the set'
  return [
    await whoseFault(all.why, candidate, (directory) => scan(directory, [probe])),
    finding('detect', 'off', reason),
    finding('clean', 'off', reason),
  ]
}

// In a folder of the run, not in /tmp: other scanners watch that one.
async function writeProbes(folder: string, eicar: boolean): Promise<[probe: string, test: string | null]> {
  const probe = join(folder, 'probe')
  await writeFile(probe, 'A few harmless words, to have something to scan.\n')
  if (!eicar) return [probe, null]
  const test = join(folder, 'eicar.com')
  await writeFile(test, eicarText())
  return [probe, test]
}

function withFile(samples: Samples, file: string | null): Samples {
  return 'problem' in samples || file === null ? samples : { files: [file, ...samples.files] }
}

function listed(samples: Samples): readonly string[] {
  return 'files' in samples ? samples.files : []
}

/** What shows whether the engine still opens archives, for a set with files that decide that. */
interface ArchiveProbe {
  readonly names: readonly string[]
  /** The set, and a signature of ours for what is packed. */
  readonly directory: string
  /** A file that is found only by an engine that still opens archives. */
  readonly packed: string
}

/**
 * Rule: an engine that opens no archives is no protection. Stops: a list with a `.ftm`, which takes the place of all types of
 * files that ClamAV knows by itself, unless another one brings them as that of `daily` does; a `.cfg`, which can switch
 * off any part of it. Both load with status 0 and without a word (docs/field.md).
 * @returns null for a set that has neither
 */
async function prepareArchiveProbe({ directory, scratch }: Candidate): Promise<ArchiveProbe | null> {
  const all = await readdir(directory)
  const names = all.filter((name) => /\.(?:ftm|cfg)$/i.test(name)).sort()
  if (names.length === 0) return null
  const beside = join(scratch, 'beside')
  await mkdir(beside, { mode: 0o700 })
  for (const name of all) await symlink(join(directory, name), join(beside, name))
  const text = Buffer.from('A few harmless words, packed.\n')
  const digest = createHash('md5').update(text).digest('hex')
  await writeFile(join(beside, 'defs-packed.hdb'), `${digest}:${text.length}:Defs.Packed\n`)
  const packed = join(scratch, 'packed.gz')
  await writeFile(packed, gzipSync(text))
  return { names, directory: beside, packed }
}

function loaded(scan: Exclude<Scan, { state: 'broken' }>, archiveProbe: ArchiveProbe | null): Finding {
  if (scan.state === 'undecided') return finding('engine', 'undecided', scan.why)
  // Status 0, and a list or rule of the set is not in the engine all the same.
  if (scan.unloaded.length > 0) {
    return finding('engine', 'failed', `the engine does not load all of the set: ${scan.unloaded.join('; ')}`)
  }
  if (archiveProbe !== null && !scan.found.has(archiveProbe.packed)) {
    const names = archiveProbe.names.join(', ')
    const why = 'a .ftm replaces the types of files that ClamAV knows, a .cfg switches parts of it off'
    return finding('engine', 'failed', `with ${names} the engine opens no archives: ${why}; leave it out`)
  }
  return finding('engine', 'passed', 'the engine loads the set')
}

/**
 * The engine ends alike for a bad set and for no memory. Where it does not load what it is known to load - the live
 * set, or one line of our own - the fault is not the candidate's.
 */
async function whoseFault(
  why: string,
  { current, scratch }: Candidate,
  load: (directory: string) => Promise<Scan>,
): Promise<Finding> {
  const known = current?.directory ?? (await writeOwnSet(scratch))
  const { state } = await load(known)
  if (state === 'scanned') return finding('engine', 'failed', `the engine does not load the set: ${why}`)
  const what = current ? `the live ${current.set}` : 'a database of one line'
  return finding('engine', 'undecided', `the engine loads neither the set nor ${what}: ${why}`)
}

async function writeOwnSet(scratch: string): Promise<string> {
  const folder = join(scratch, 'own-set')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'own.hdb'), `${'0'.repeat(32)}:1:Defs.Nothing\n`)
  return folder
}

function judgeDetect(must: Samples, scan: Scan): Finding {
  if ('problem' in must) return finding('detect', 'undecided', `gate.detect: ${must.problem}`)
  if (must.files.length === 0) return finding('detect', 'off', 'no gate.detect and no gate.eicar')
  if (scan.state !== 'scanned') return finding('detect', 'undecided', 'the engine gave no answer')
  const missed = must.files.filter((file) => !scan.found.has(file))
  if (missed.length > 0) return finding('detect', 'failed', `not detected: ${missed.join(', ')}`)
  return finding('detect', 'passed', `${must.files.length} samples detected`)
}

function judgeClean(clean: Samples, scan: Scan): Finding {
  if ('problem' in clean) return finding('clean', 'undecided', `gate.clean: ${clean.problem}`)
  if (clean.files.length === 0) return finding('clean', 'off', 'no gate.clean')
  if (scan.state !== 'scanned') return finding('clean', 'undecided', 'the engine gave no answer')
  const hits = clean.files.flatMap((file) => {
    const signature = scan.found.get(file)
    // Loaded here to see whether they load; what a clamd without DetectPUA never reports is no false alarm.
    return signature === undefined || signature.startsWith('PUA.') ? [] : [`${file} (${signature})`]
  })
  if (hits.length > 0)
    return finding('clean', 'failed', `detected although known to be clean: ${hits.join(', ')}`)
  return finding('clean', 'passed', `${clean.files.length} clean files stay clean`)
}

/**
 * The test file that every scanner agrees to detect (EICAR). Put together only when it is needed: written out, it
 * would make scanners quarantine this program.
 */
export function eicarText(): string {
  const [head, name, tail] = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*']
  return `${head}${name}${tail}`
}

/** Files to scan, or why they cannot be listed. */
export type Samples = { readonly files: readonly string[] } | { readonly problem: string }

/**
 * The files that are meant by the configured files and folders, links inside folders apart. One that is missing,
 * empty or cannot be read is a problem: the engine would pass it over, and the check would pass with it.
 */
async function listSamples(paths: readonly string[]): Promise<Samples> {
  const files: string[] = []
  try {
    for (const path of paths) {
      const before = files.length
      for await (const file of filesOf(await realpath(path))) {
        if (/[\r\n]/.test(file)) return { problem: `${JSON.stringify(file)} has a line break in its name` }
        await access(file, constants.R_OK)
        files.push(file)
        if (files.length > limits.gateFiles)
          return { problem: `${path} holds more than ${limits.gateFiles} files` }
      }
      if (files.length === before) return { problem: `${path} holds no file` }
    }
    return { files }
  } catch (error) {
    return { problem: describeError(error) }
  }
}

async function* filesOf(path: string): AsyncGenerator<string> {
  const found = await stat(path)
  // A scanner would wait at a pipe.
  if (!found.isDirectory() && !found.isFile())
    throw new DefsError('STORE_IO', `${path} is no regular file`, { path })
  if (found.isFile()) return yield path
  for await (const entry of await opendir(path, { recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name)
}
