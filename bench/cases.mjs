import { asking } from './asking.mjs'
import { detecting } from './detecting.mjs'
import { hosts } from './hosts.mjs'
import { lists } from './lists.mjs'
import { publishing } from './publishing.mjs'
import { resting } from './resting.mjs'
import { serving } from './serving.mjs'
import { starting } from './starting.mjs'
import { updating } from './updating.mjs'
import { watching } from './watching.mjs'

/**
 * Every case: its name, the programs it needs besides us, what must be prepared for it (`daily`, `large`, `small`, `crowded`,
 * `journals`, `works`, `signatures`, see prepare.mjs), and how it is run.
 */
export const cases = [
  ...starting,
  ...asking,
  ...resting,
  ...updating,
  ...publishing,
  ...serving,
  ...watching,
  ...hosts,
  ...detecting,
  ...lists,
]
