import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { Value } from '../../state/value';
import * as api from '../api';
import type { GridParts, ImportReport, PlanImport } from '../wire';
import { complain, plan, reopen, saveBy } from './plan';

/** Work on many units at once: a file laid into the plan, and micro-grids made from blocks and buildings. */

export const imports = new Value<Loadable<readonly PlanImport[]>>(LOADING);
/** The import whose report is read. */
export const shownImport = new Value<(PlanImport & { readonly report: ImportReport | null }) | null>(null);
export const madeGrids = new Value<readonly GridParts[]>([]);
/** Codes of the grids that micro-grids shall be made in; while `picking`, a click on the map adds one. */
export const wantedGrids = new Value<readonly string[]>([]);
export const picking = new Value(false);

const POLL_MS = 700;
const MOVES = ['waiting', 'running'];

export function isUnderway(one: Pick<PlanImport, 'state'>): boolean {
  return MOVES.includes(one.state);
}

export function forgetBulk(): void {
  imports.set(LOADING);
  shownImport.set(null);
  madeGrids.set([]);
  wantedGrids.set([]);
  picking.set(false);
}

export async function loadImports(): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  const read = await api.imports(id).then(ready, failed);
  if (plan.current?.id !== id) return;
  imports.set(read);
  const running = read.state === 'ready' ? read.value.find(isUnderway) : undefined;
  if (running && shownImport.current?.id !== running.id) await followImport(running.id);
}

/** Sends a file; rejects with the server's reason. */
export async function sendImport(form: FormData): Promise<void> {
  const now = plan.current;
  if (!now) return;
  const asked = await api.beginImport(now, form);
  shownImport.set({ ...asked, report: null });
  await followImport(asked.id);
}

/** Watches an import to its end; what it did to the plan is then read anew. */
export async function followImport(number: number): Promise<void> {
  const id = plan.current?.id;
  while (id !== undefined && plan.current?.id === id) {
    const one = await api.readImport(id, number).catch(complain);
    if (!one || plan.current?.id !== id) return;
    const wasUnderway = shownImport.current?.id === number && isUnderway(shownImport.current);
    shownImport.set(one);
    if (!isUnderway(one)) {
      if (wasUnderway && one.state === 'done') await reopen();
      return void loadList(id);
    }
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
}

async function loadList(id: number): Promise<void> {
  const read = await api.imports(id).then(ready, failed);
  if (plan.current?.id === id) imports.set(read);
}

export async function cancelImport(number: number): Promise<void> {
  const now = plan.current;
  if (now) await api.cancelImport(now, number).catch(complain);
}

/** Makes micro-grids in the grids that are wanted; one step of the plan. */
export function makeMicroGrids(by: string, most: number, replace: boolean): Promise<boolean> {
  return saveBy(async (now) => {
    const made = await api.makeMicroGrids(now, { units: wantedGrids.current, by, most, replace });
    madeGrids.set(made.micro_grids);
    wantedGrids.set([]);
    return made;
  });
}
