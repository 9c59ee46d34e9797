/** Runs one command of the program; rejects where it ends with 1. */
export function tufClient(argv: readonly string[], now?: Date): Promise<void>
