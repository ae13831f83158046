import { describe, expect, it } from 'vitest';
import { areaOf_m2, isIn, type Line, type Position } from './plane';
import { canRemove, crossingsWithin, faultsOf, handlesOf, insertVertex, moveVertex, nearestArc, redraw, removeVertex } from './reshape';
import { Topology, type Arc } from './topology';

/** A place of a little town: one step is a thousandth of a degree, about a hundred metres. */
export const at = (x: number, y: number): Position => [114 + x / 1000, 22.5 + y / 1000];
const way = (...steps: ReadonlyArray<readonly [number, number]>): Line => steps.map(([x, y]) => at(x, y));

/** A on the left, B on the right, both two steps high and two wide; H is a hole in B. */
const TOWN: readonly Arc[] = [
  { id: 'a', line: way([2, 0], [0, 0], [0, 2], [2, 2]), left: '', right: 'A' },
  { id: 'b', line: way([2, 0], [4, 0], [4, 2], [2, 2]), left: 'B', right: '' },
  { id: 'ab', line: way([2, 0], [2, 1], [2, 2]), left: 'A', right: 'B' },
  { id: 'h', line: way([3, 0.5], [3.5, 0.5], [3.5, 1], [3, 1], [3, 0.5]), left: 'H', right: 'B' },
];
const town = new Topology(TOWN);

describe('a neighbourhood of arcs', () => {
  it('gives units their polygons back', () => {
    expect(town.polygonsOf('A')).toHaveLength(1);
    expect(town.polygonsOf('B')[0]).toHaveLength(2);
    const [a, b, h] = ['A', 'B', 'H'].map((unit) => areaOf_m2(town.polygonsOf(unit)));
    expect(a! / (b! + h!)).toBeCloseTo(1, 3);
    expect(isIn(at(3.2, 0.7), town.polygonsOf('B'))).toBe(false);
    expect(isIn(at(3.2, 0.7), town.polygonsOf('H'))).toBe(true);
  });

  it('knows who touches whom', () => {
    expect(town.units().sort()).toEqual(['A', 'B', 'H']);
    expect(town.neighbours('B').sort()).toEqual(['A', 'H']);
    expect(town.between('A', 'B').map((arc) => arc.id)).toEqual(['ab']);
    expect(town.isNode(at(2, 0))).toBe(true);
    expect(town.isNode(at(2, 1))).toBe(false);
    expect(town.isNode(at(3, 0.5))).toBe(false);
  });

  it('keeps parts that touch in a point apart', () => {
    const knot = new Topology([
      { id: 'one', line: way([1, 1], [0, 1], [0, 0], [1, 0], [1, 1]), left: 'U', right: 'V' },
      { id: 'two', line: way([1, 1], [2, 1], [2, 2], [1, 2], [1, 1]), left: 'U', right: 'V' },
    ]);
    expect(knot.polygonsOf('U')).toHaveLength(2);
  });
});

describe('taking hold of a border', () => {
  it('lists every place once', () => {
    const handles = handlesOf(town, ['A']);
    expect(handles.filter((one) => one.kind === 'node')).toHaveLength(2);
    expect(handles.filter((one) => one.kind === 'vertex')).toHaveLength(3);
    expect(handles.filter((one) => one.kind === 'middle')).toHaveLength(5);
  });

  it('moves a shared border for both sides and for nobody else', () => {
    const before = areaOf_m2(town.polygonsOf('A')) + areaOf_m2(town.polygonsOf('B'));
    const moved = town.with(moveVertex(town, at(2, 1), at(2.4, 1)));
    const after = areaOf_m2(moved.polygonsOf('A')) + areaOf_m2(moved.polygonsOf('B'));
    expect(areaOf_m2(moved.polygonsOf('A'))).toBeGreaterThan(areaOf_m2(town.polygonsOf('A')));
    expect(after / before).toBeCloseTo(1, 4);
  });

  it('moves a node for all who meet there', () => {
    expect([...moveVertex(town, at(2, 0), at(2, -0.5)).keys()].sort()).toEqual(['a', 'ab', 'b']);
  });

  it('puts a vertex in and takes it out again', () => {
    const more = town.with(insertVertex(TOWN[2]!, 0, at(2.2, 0.5)));
    expect(more.arcs.get('ab')!.line).toHaveLength(4);
    expect(canRemove(more, at(2.2, 0.5))).toBe(true);
    const again = more.with(removeVertex(more, at(2.2, 0.5)));
    expect(again.arcs.get('ab')!.line).toEqual(TOWN[2]!.line);
  });

  it('takes the first vertex of a closed arc out, but never a node or the last corner', () => {
    expect(removeVertex(town, at(3, 0.5)).get('h')).toEqual(way([3.5, 0.5], [3.5, 1], [3, 1], [3.5, 0.5]));
    expect(canRemove(town, at(2, 0))).toBe(false);
    const three = town.with(removeVertex(town, at(3, 0.5)));
    expect(canRemove(three, at(3, 1))).toBe(false);
  });

  it('gives a border a new course, drawn in either direction', () => {
    const drawn = way([2, 1.9], [2.5, 1], [2, 0.1]);
    const course = redraw(TOWN[2]!, drawn);
    expect(course[0]).toEqual(at(2, 0));
    expect(course[2]).toEqual(at(2.5, 1));
    expect(course.at(-1)).toEqual(at(2, 2));
  });

  it('finds the border that was meant', () => {
    const near = nearestArc(town.arcs.values(), at(1.9, 0.4));
    expect(near?.arc.id).toBe('ab');
    expect(near?.index).toBe(0);
    expect(near?.distance_m).toBeCloseTo(10, 0);
  });
});

describe('what cannot be', () => {
  it('sees a border that crosses another', () => {
    const faults = faultsOf(town, moveVertex(town, at(2, 1), at(4.5, 1)));
    expect(new Set(faults.map((fault) => fault.kind))).toEqual(new Set(['crosses-border']));
  });

  it('sees a border that crosses itself', () => {
    const faults = faultsOf(town, new Map([['ab', way([2, 0], [2.5, 1], [1.5, 1], [2.2, 0.4], [2, 2])]]));
    expect(faults.map((fault) => fault.kind)).toContain('crosses-itself');
    expect(crossingsWithin(way([0, 0], [1, 0], [1, 1], [0, 0]))).toEqual([]);
  });

  it('sees a border that has shrunk to nothing', () => {
    expect(faultsOf(town, new Map([['ab', way([2, 0], [2, 0])]]))[0]?.kind).toBe('too-short');
  });

  it('lets a good move be', () => {
    expect(faultsOf(town, moveVertex(town, at(2, 1), at(2.4, 1.2)))).toEqual([]);
  });
});
