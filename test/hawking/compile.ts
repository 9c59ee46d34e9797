import { compilePrograms } from '../support/compile.ts'

/** Compiles programs of `test/hawking/child/`, to be killed. Returns the folder of the compiled programs. */
export function compileChildren(...names: string[]): { programs: string; remove: () => void } {
  return compilePrograms('test/hawking/child', names)
}
