import { followWithLink, linkIsPossible, readCurrentLink } from './current-link.ts'
import type { Check, Flaw } from './flaw.ts'
import { kindAt } from './folder.ts'
import { readPointer, writePointer } from './pointer.ts'
import { isComplete, listSets, setDirectory } from './sets.ts'
import { consumersOf, listConsumer } from './usage-file.ts'

/** `definfo.dat` must name sets that are there. Which other set to take is not hawking's to choose. */
export const pointerFlaws: Check = async (store) => {
  const { state, current, previous } = await readPointer(store)
  if (current === null) {
    const empty = (await listSets(store)).length === 0
    if (empty && state === 'absent') return []
    const message = `${store.definfo} is ${state} and tells of no current set`
    return [{ code: 'pointer-damaged', path: store.definfo, message, cure: null, mend: null }]
  }
  const flaws: Flaw[] = []
  if (!(await isComplete(setDirectory(store, current)))) {
    const message = `${store.definfo} names ${current}, which is not whole on disk`
    flaws.push({ code: 'pointer-dangling', path: store.definfo, message, cure: null, mend: null })
  }
  if (previous !== null && (await kindAt(setDirectory(store, previous))) === 'nothing') {
    flaws.push({
      code: 'previous-dangling',
      path: store.definfo,
      message: `LastDefs names ${previous}, which is not on disk`,
      cure: 'dropped',
      mend: () => writePointer(store, current, null),
    })
  }
  return flaws
}

/** Our product must be listed under the current set and no other, or its service does not start (TECH84196). */
export const usageFlaws: Check = async (store, { name }) => {
  const { current } = await readPointer(store)
  if (current === null || !(await isComplete(setDirectory(store, current)))) return []
  const sections = [...(await consumersOf(store))]
    .filter(([, consumers]) => consumers.some((consumer) => consumer.toLowerCase() === name.toLowerCase()))
    .map(([section]) => section)
  if (sections.length === 1 && sections[0] === current) return []
  return [
    {
      code: 'usage-behind',
      path: store.usage,
      message: `${name} is listed under ${sections.join(', ') || 'no set'} in usage.dat`,
      cure: `moved to ${current}`,
      mend: () => listConsumer(store, name, current),
    },
  ]
}

/** `current` follows `definfo.dat`. A folder or file in its place is somebody's and stays. */
export const linkFlaws: Check = async (store) => {
  const { current } = await readPointer(store)
  if (current === null || !(await isComplete(setDirectory(store, current)))) return []
  const target = await readCurrentLink(store)
  if (target === current) return []
  const kind = await kindAt(store.current)
  if (kind !== 'nothing' && kind !== 'link') {
    const message = `${store.current} is no link but a ${kind}: move it away`
    return [{ code: 'link-wrong', path: store.current, message, cure: null, mend: null }]
  }
  if (kind === 'nothing' && !(await linkIsPossible(store))) return []
  return [
    {
      code: 'link-wrong',
      path: store.current,
      message: `${store.current} points at ${target ?? 'nothing'}`,
      cure: `points at ${current} now`,
      mend: () => followWithLink(store, current),
    },
  ]
}
