import { publishing } from './publishing.mjs'
import { serving } from './serving.mjs'
import { starting } from './starting.mjs'
import { updating } from './updating.mjs'

/**
 * Every case: its name, the programs it needs besides us, what must be prepared for it (`daily`, `large`, `crowded`,
 * `works`, see prepare.mjs), and how it is run.
 */
export const cases = [...starting, ...updating, ...publishing, ...serving]
