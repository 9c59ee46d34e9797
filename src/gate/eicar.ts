/**
 * The test file that every scanner agrees to detect (EICAR). Put together only when it is needed: written out, it
 * would make scanners quarantine this program.
 */
export function eicarText(): string {
  const [head, name, tail] = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*']
  return `${head}${name}${tail}`
}
