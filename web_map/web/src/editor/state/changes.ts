import { areaOf_m2 } from '../../geo/plane';
import type { Diff, UnitChange } from '../wire';
import { polygonsOf } from '../wire';

/** Less than this is a vertex that a neighbour's border was given, not a change of area. */
const LEAST_M2 = 1;

/** What a plan really does to a unit; neighbours that only got a vertex on their border are left out. */
export interface Told {
  readonly id: string;
  readonly kind: UnitChange['kind'];
  readonly name: string;
  readonly was: string;
  readonly renamed: boolean;
  readonly recoded: boolean;
  readonly moved: boolean;
  readonly staffed: boolean;
  readonly area_m2: readonly [number, number] | null;
}

export function tell({ units, parents }: Diff): Told[] {
  return [...units, ...parents].map(told).filter((one) => one.kind !== 'changed' || isReal(one));
}

function isReal({ renamed, recoded, moved, staffed, area_m2 }: Told): boolean {
  return renamed || recoded || moved || staffed || area_m2 !== null;
}

function told(change: UnitChange): Told {
  const { id, kind, before, after } = change;
  const both = before && after;
  return {
    id,
    kind,
    name: after?.name ?? before?.name ?? '',
    was: before?.name ?? '',
    renamed: !!both && before.name !== after.name,
    recoded: !!both && before.code !== after.code,
    moved: !!both && before.parent !== after.parent,
    staffed: !!both && JSON.stringify(peopleOf(before)) !== JSON.stringify(peopleOf(after)),
    area_m2: areas(change),
  };
}

function peopleOf(leaf: object): unknown {
  return (leaf as { people?: unknown }).people ?? [];
}

function areas({ before_shape, after_shape }: UnitChange): readonly [number, number] | null {
  const [before, after] = [areaOf_m2(polygonsOf(before_shape ?? null)), areaOf_m2(polygonsOf(after_shape ?? null))];
  return Math.abs(before - after) > LEAST_M2 ? [before, after] : null;
}
