import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { Value } from '../../state/value';
import * as api from '../api';
import type { Clash } from '../wire';
import { plan } from './plan';

/** True while before and after lie beside each other. */
export const comparing = new Value(false);
/** Where the plan has been overtaken by another one: borders as they were, as mine, as published. */
export const conflicts = new Value<Loadable<readonly Clash[]>>(LOADING);

export function startSwipe(on: boolean): void {
  comparing.set(on);
}

export async function loadConflicts(): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  const read = await api.conflicts(id).then(ready, failed);
  if (plan.current?.id === id) conflicts.set(read);
}
