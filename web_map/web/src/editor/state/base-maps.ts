import { Value } from '../../state/value';
import * as api from '../api';
import type { BaseMap } from '../wire';

const CHOSEN = 'citygrid.base-map';

/** What may lie below instead of the offline map. */
export const baseMaps = new Value<readonly BaseMap[]>([]);
/** The name of the one that is shown; empty for the offline map. */
export const chosenBase = new Value(localStorage.getItem(CHOSEN) ?? '');
/** True when tiles did not come: the offline map is seen there. */
export const baseFails = new Value(false);

export function shownBase(): BaseMap | null {
  return baseMaps.current.find((one) => one.name === chosenBase.current) ?? null;
}

export async function loadBaseMaps(): Promise<void> {
  baseMaps.set(await api.baseMaps().catch(() => []));
}

export function chooseBase(name: string): void {
  localStorage.setItem(CHOSEN, name);
  baseFails.set(false);
  chosenBase.set(name);
}
