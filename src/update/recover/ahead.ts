import { expectHashThread } from '../../archive/file-task.ts'

/**
 * Begins what takes a while of an inspection that is sure to come: a second thread starts while this one loads what an
 * inspection takes. So nothing of that is imported here.
 */
export function expectInspection(): void {
  expectHashThread()
}
