import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { Value } from '../../state/value';
import * as api from '../api';
import type { LookedAt } from '../map/paint';
import type { Clash } from '../wire';
import { plan } from './plan';

/** True while before and after lie beside each other. */
export const comparing = new Value(false);
/** Where the plan has been overtaken by another one: borders as they were, as mine, as published. */
export const conflicts = new Value<Loadable<readonly Clash[]>>(LOADING);

/** Which conflict the map shows, and which state of it. */
export const lookedAt = new Value<LookedAt>({ id: null, side: null });

export function startSwipe(on: boolean): void {
  comparing.set(on);
}

export async function loadConflicts(): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  const read = await api.conflicts(id).then(ready, failed);
  if (plan.current?.id !== id) return;
  lookedAt.set({ id: null, side: null });
  conflicts.set(read);
}
