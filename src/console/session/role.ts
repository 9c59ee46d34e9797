import type { ActionName } from '../facts.ts'

/** The roles, the least first; `viewer` is the report-only administrator. */
export const roles = ['viewer', 'operator', 'approver'] as const

/** One of {@link roles}. */
export type Role = (typeof roles)[number]

// What reaches every host of a fleet, or lets a set reach it, wants the greater right.
const forApprovers: readonly ActionName[] = ['approve', 'halt', 'fleet-rollback']

/** Whether a role may do something. */
export function mayDo(role: Role, action: ActionName): boolean {
  if (role === 'viewer') return false
  return role === 'approver' || !forApprovers.includes(action)
}
