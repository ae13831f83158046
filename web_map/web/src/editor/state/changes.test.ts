import { describe, expect, it } from 'vitest';
import type { Geometry, Leaf, UnitChange } from '../wire';
import { tell } from './changes';

const leaf = (name: string, parent = 'c'): Leaf => ({ id: 'u', level: 4, code: '1', parent, name, name_en: '' });
const square = (side: number, extra: ReadonlyArray<readonly [number, number]> = []): Geometry => ({
  type: 'Polygon',
  coordinates: [[[0, 0], ...extra, [side, 0], [side, side], [0, side], [0, 0]]],
});
const change = (parts: Partial<UnitChange>): UnitChange => ({
  id: 'u', kind: 'changed', before: leaf('a'), after: leaf('a'), before_shape: square(0.01), after_shape: square(0.01), ...parts,
});

describe('what a plan really changes', () => {
  it('leaves out a neighbour that only got a vertex', () => {
    expect(tell({ units: [change({ after_shape: square(0.01, [[0.005, 0]]) })], parents: [] })).toEqual([]);
  });

  it('tells area, name and parent', () => {
    const [one] = tell({ units: [change({ after: leaf('b', 'd'), after_shape: square(0.02) })], parents: [] });
    expect(one).toMatchObject({ renamed: true, moved: true, was: 'a', name: 'b', recoded: false });
    expect(one!.area_m2![1] / one!.area_m2![0]).toBeCloseTo(4, 1);
  });

  it('always tells what is new or gone', () => {
    const units = [change({ kind: 'new', before: null, before_shape: null }), change({ kind: 'retired', after: null, after_shape: null })];
    expect(tell({ units, parents: [] }).map((one) => one.kind)).toEqual(['new', 'retired']);
  });
});
