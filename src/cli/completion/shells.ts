import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import type { CommandOutline } from './outline.ts'
import { powershellScript } from './powershell.ts'
import { zshScript } from './zsh.ts'

/** The shells that `defs completion` knows. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

/** Makes the script of each shell. */
export const shells = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} satisfies Record<Shell, (program: CommandOutline) => string>
