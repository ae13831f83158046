import { describe, expect, it } from 'vitest';
import { isLoop, lassoed } from './lasso';
import { insidePoint, isInPolygon, length_m, type Line, type MultiPolygon, type Position } from './plane';
import { SnapIndex } from './snapping';
import { trace } from './trace';

const at = (x: number, y: number): Position => [114 + x / 1000, 22.5 + y / 1000];
const way = (...steps: ReadonlyArray<readonly [number, number]>): Line => steps.map(([x, y]) => at(x, y));

describe('snapping', () => {
  const index = new SnapIndex([
    { line: way([0, 0], [2, 0], [2, 2]), isStreet: false },
    { line: way([1, -1], [1, 1]), isStreet: true },
    { line: way([0, 1], [3, 1]), isStreet: true },
  ]);

  it('prefers a vertex to the edge beside it', () => {
    expect(index.find(at(1.98, 0.03), 10)).toMatchObject({ kind: 'vertex', position: at(2, 0) });
  });

  it('finds where a street crosses a border, and where streets cross', () => {
    const border = index.find(at(1.02, 0.02), 10);
    expect(border?.kind).toBe('crossing');
    expect(border?.position[0]).toBeCloseTo(at(1, 0)[0], 9);
    expect(index.find(at(1.01, 1.02), 10)?.kind).toBe('crossing');
  });

  it('prefers a border to a street, and takes a street where there is nothing else', () => {
    expect(index.find(at(0.5, 0.04), 10)?.kind).toBe('edge');
    expect(index.find(at(0.5, 0.96), 10)?.kind).toBe('street');
    expect(index.find(at(0.5, 0.5), 10)).toBeNull();
  });

  it('leaves out what is being moved', () => {
    const moved = at(2, 0);
    expect(index.find(at(1.98, 0.03), 10, (position) => position === moved)?.kind).not.toBe('nothing');
    expect(index.find(at(1.99, 0.01), 10, () => true)).toBeNull();
  });
});

describe('tracing', () => {
  const lines = [way([0, 0], [1, 0], [2, 0]), way([2, 0], [2, 2]), way([0, 0], [0, 5], [2, 5], [2, 2]), way([7, 7], [8, 8])];

  it('takes the shortest way along borders', () => {
    expect(trace(lines, at(0, 0), at(2, 2))).toEqual(way([0, 0], [1, 0], [2, 0], [2, 2]));
  });

  it('starts and ends anywhere on a line', () => {
    const found = trace(lines, at(0.5, 0), at(2, 1.5))!;
    expect(found[0]).toEqual(at(0.5, 0));
    expect(found).toHaveLength(4);
    expect(length_m(found)).toBeCloseTo(length_m(way([0.5, 0], [2, 0], [2, 1.5])), 0);
  });

  it('gives up where no line leads, or only a long way round', () => {
    expect(trace(lines, at(0, 0), at(8, 8))).toBeNull();
    expect(trace(lines, at(0.5, 0.5), at(2, 2))).toBeNull();
    expect(trace([lines[0]!, lines[2]!], at(2, 0), at(2, 2), 2)).toBeNull();
  });
});

describe('a lasso', () => {
  const square = (x: number, y: number): MultiPolygon => [[way([x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y])]];
  const units = new Map([0, 1, 2, 3].map((x) => [`u${x}`, square(x, 0)]));

  it('means what lies in a loop', () => {
    const loop = way([-0.2, -0.2], [2.1, -0.2], [2.1, 1.2], [-0.2, 1.2], [-0.2, -0.1]);
    expect(isLoop(loop)).toBe(true);
    expect(lassoed(units, loop)).toEqual(['u0', 'u1']);
  });

  it('means what a line passes through', () => {
    expect(lassoed(units, way([1.5, 0.5], [2.2, 0.4], [3.5, 0.5]))).toEqual(['u1', 'u2', 'u3']);
  });

  it('finds a place inside a crooked shape', () => {
    const horseshoe = [way([0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0])];
    expect(isInPolygon(insidePoint(horseshoe)!, horseshoe)).toBe(true);
  });
});
