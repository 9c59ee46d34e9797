import { readFamily } from '../../hawking/line/family.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { openStore } from '../../hawking/store.ts'
import type { AdoptRequest } from '../../upkeep/adopt.ts'
import { type CommandResult, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

/** The configuration of any family: what they share is the same in all of them. */
async function anyConfig(session: Session, writes: boolean) {
  const [first] = await session.families()
  const { config } = await (first === undefined ? session : session.forFamily(first)).load({ writes })
  return config
}

/** Makes the flat store that of a family, or the other way round. @throws what `adopt` throws */
export async function runAdopt(input: AdoptRequest, session: Session): Promise<CommandResult> {
  const config = await anyConfig(session, true)
  const { adopt } = await import('../../upkeep/adopt.ts')
  const result = await adopt(input, config, session.context)
  const { family, from, to, changed } = result
  const lines = changed
    ? [
        `${from} is ${to} now`,
        'a scanner that was told of the old place goes on by a link; tell it of the new one',
      ]
    : [`'${family}' lies in ${to} already`]
  return { exitCode: 0, json: { ...result }, lines: input.back ? lines.slice(0, 1) : lines }
}

/** Lists the families of the configuration: where each lies, and what it is for. */
export async function runFamilies(_input: object, session: Session): Promise<CommandResult> {
  const { families: roots, family: only, store } = await anyConfig(session, false)
  const all = roots.size === 0 ? [[only, store.root] as const] : [...roots]
  const families = await Promise.all(
    all.map(async ([family, root]) => {
      const own = openStore(root, store.layout)
      const lineage = (await readFamily(own).catch(() => null))?.lineage ?? null
      return { family, root, lineage, current: (await readPointer(own)).current }
    }),
  )
  const rows = families.map(({ family, root, lineage, current }) => [
    family,
    lineage ?? '-',
    current ?? '-',
    root,
  ])
  return {
    exitCode: 0,
    json: { families },
    lines: tableLines([['family', 'holds', 'current', 'where'], ...rows]),
  }
}
