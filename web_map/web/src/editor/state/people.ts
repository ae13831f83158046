import { client } from '../../state/session';
import { Value } from '../../state/value';
import * as api from '../api';
import type { Worker } from '../wire';

/** People by their number, as far as they were asked for; names are masked. Null: may not be known. */
export const people = new Value<ReadonlyMap<number, Worker | null>>(new Map());
const asked = new Set<number>();

/** Gives somebody by number; asks for who is not known yet. */
export function personOf(id: number): Worker | null {
  if (!people.current.has(id) && !asked.has(id)) {
    asked.add(id);
    void api.readWorker(id).catch(() => null).then((one) => remember(id, one));
  }
  return people.current.get(id) ?? null;
}

export function remember(id: number, one: Worker | null): void {
  people.set(new Map(people.current).set(id, one));
}

/** Writes somebody as "张** · W0012". */
export function written(id: number): string {
  const one = personOf(id);
  return one ? `${one.name} · ${one.code}` : `#${id}`;
}

/** Finds whoever has exactly this name; the search is put on record. */
export async function findByWholeName(name: string): Promise<readonly Worker[]> {
  const body = { relation: 'worker', field: 'name', value: name };
  return (await client.ask<{ matches: readonly Worker[] }>('/api/personal/search', { method: 'POST', body })).matches;
}
