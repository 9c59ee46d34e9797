import { DefsError } from '../../error.ts'
import type { ProvedDatabase, Provenance } from '../../hawking/record.ts'
import type { SetName } from '../../set-id.ts'
import type { CommandResult, Line } from '../command-result.ts'
import { formatSet, formatSize, formatTime } from '../format.ts'
import type { Session } from '../session.ts'
import { readSetFiles, type SetFile } from '../set-files.ts'
import { gradeText } from '../status-lines.ts'
import { describeSet, readStore } from '../store-reading.ts'
import { tableLines } from '../table.ts'

export interface ShowInput {
  readonly set: SetName
}

/** Shows one set. What it says of files is what the guard says; `defs verify` proves it. @throws STORE_UNKNOWN_SET */
export async function runShow({ set: name }: ShowInput, session: Session): Promise<CommandResult> {
  const reading = await readStore(session)
  const found = reading.view.sets.find(({ set }) => set === name)
  if (!found) {
    const known = reading.view.sets.map(({ set }) => set).join(', ') || 'none'
    throw new DefsError('STORE_UNKNOWN_SET', `the set ${name} is not on disk (there: ${known})`, {
      path: name,
    })
  }
  const described = describeSet(found, reading)
  const files = await readSetFiles(found.directory)
  const provenance = found.provenance && provenanceOf(found.provenance)
  const lines: Line[] = [
    { text: `${name}  ${formatSet(name)}  ${gradeText(described)}`, tone: 'title' },
    `folder    ${found.directory}`,
    `size      ${formatSize(described.bytes)} in ${files.length} files`,
    ...(found.provenance ? provenanceLines(found.provenance) : ['source    not recorded']),
    ...(described.held ? ['held      yes'] : []),
    ...(described.barred ? ['barred    yes'] : []),
    '',
    ...fileLines(files),
  ]
  return { exitCode: 0, json: { ...described, files, provenance }, lines }
}

function provenanceOf({ source, url, signer, databases, verifiedAt, gate }: Provenance) {
  const common = { source, url, key: signer.fingerprint, method: signer.method, verifiedAt, gate: gate ?? [] }
  return databases ? { ...common, databases } : common
}

function databaseLine({ name, version, method, signer, patches }: ProvedDatabase): string {
  const by = method === 'pkcs7' ? `.sign of ${signer?.name ?? 'somebody unknown'}` : "ClamAV's built-in keys"
  return `database  ${name} ${version}, ${by}${patches > 0 ? `, after ${patches} patches` : ''}`
}

function provenanceLines({ source, url, signer, databases, verifiedAt, stagedAt, gate }: Provenance): Line[] {
  return [
    `source    ${source}, ${url}`,
    `signer    ${signer.name}, ${signer.fingerprint}`,
    `anchor    ${signer.anchor}, ${signer.anchorFingerprint}`,
    `verified  ${formatTime(verifiedAt)}, ${signer.method}`,
    ...(databases ?? []).map(databaseLine),
    `staged    ${formatTime(stagedAt)}`,
    ...(gate ?? []).map(
      ({ check, outcome, text, overruled }) =>
        `gate      ${check} ${outcome}${overruled ? ', overruled' : ''}: ${text}`,
    ),
  ]
}

function fileLines(files: readonly SetFile[]): string[] {
  return [...tableLines(files.map(({ name, bytes, sha256 }) => [name, formatSize(bytes), sha256 ?? '-']))]
}
