import { describe, expect, it } from 'vitest';
import { divide, facesOf, within } from './faces';
import { area_m2, areaOf_m2, type Line, type Polygon, type Position } from './plane';

const at = (x: number, y: number): Position => [114 + x / 1000, 22.5 + y / 1000];
const way = (...steps: ReadonlyArray<readonly [number, number]>): Line => steps.map(([x, y]) => at(x, y));

const SQUARE: Polygon = [way([0, 0], [2, 0], [2, 2], [0, 2], [0, 0])];
const WITH_HOLE: Polygon = [...SQUARE, way([0.8, 0.8], [0.8, 1.2], [1.2, 1.2], [1.2, 0.8], [0.8, 0.8])];
const HORSESHOE: Polygon = [way([0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0])];

const areas = (parts: readonly Polygon[]): number[] => parts.map((part) => area_m2(part)).sort((a, b) => a - b);

describe('splitting by a line', () => {
  it('makes two halves that add up', () => {
    const parts = divide([SQUARE], [way([1, -1], [1, 3])]);
    expect(parts).toHaveLength(2);
    expect(areas(parts)[0]! / areas(parts)[1]!).toBeCloseTo(1, 4);
    expect(areaOf_m2(parts) / area_m2(SQUARE)).toBeCloseTo(1, 5);
  });

  it('is content with a line that ends exactly on the border, or in a corner', () => {
    expect(divide([SQUARE], [way([0, 1], [2, 1])])).toHaveLength(2);
    expect(divide([SQUARE], [way([0, 0], [2, 2])])).toHaveLength(2);
  });

  it('does nothing with a line that stops inside, or runs along the border', () => {
    expect(divide([SQUARE], [way([1, -1], [1, 1])])).toHaveLength(1);
    expect(divide([SQUARE], [way([0, 0], [2, 0])])).toHaveLength(1);
  });

  it('cuts a horseshoe into three', () => {
    expect(divide([HORSESHOE], [way([-1, 2], [4, 2])])).toHaveLength(3);
  });

  it('goes through a hole', () => {
    const parts = divide([WITH_HOLE], [way([1, -1], [1, 3])]);
    expect(parts).toHaveLength(2);
    expect(areaOf_m2(parts) / area_m2(WITH_HOLE)).toBeCloseTo(1, 5);
  });

  it('passes beside a hole, which stays in its half', () => {
    const parts = divide([WITH_HOLE], [way([0.4, -1], [0.4, 3])]);
    expect(parts.map((part) => part.length).sort()).toEqual([1, 2]);
  });

  it('takes a line that crosses itself', () => {
    const parts = divide([SQUARE], [way([-1, 1], [1.5, 1], [1.5, 1.5], [1, 1.5], [1, -1])]);
    expect(areaOf_m2(parts) / area_m2(SQUARE)).toBeCloseTo(1, 5);
    expect(parts.length).toBe(3);
  });
});

describe('a drawn ring', () => {
  it('takes what lies inside it', () => {
    const ring = way([1, 1], [3, 1], [3, 3], [1, 3], [1, 1]);
    expect(areaOf_m2(within([SQUARE], ring)) / area_m2(SQUARE)).toBeCloseTo(0.25, 3);
    expect(within([SQUARE], way([5, 5], [6, 5], [6, 6], [5, 5]))).toEqual([]);
  });

  it('makes a hole', () => {
    const inside = way([0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1], [0.5, 0.5]);
    const parts = divide([SQUARE], [inside]);
    expect(parts.map((part) => part.length).sort()).toEqual([1, 2]);
  });

  it('encloses nothing when it is only a line', () => {
    expect(facesOf([way([0, 0], [1, 1], [2, 0])])).toEqual([]);
  });
});

describe('many lines thrown down anyhow', () => {
  // A small generator of our own, so that a failure can be repeated.
  const random = (seed: number): (() => number) => {
    let state = seed;
    return () => (state = (state * 48271) % 2147483647) / 2147483647;
  };

  it('divide a square into parts that add up to it', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed * 7919);
      const lines = Array.from({ length: 6 }, () =>
        way([next() * 4 - 1, next() * 4 - 1], [next() * 4 - 1, next() * 4 - 1], [next() * 4 - 1, next() * 4 - 1]),
      );
      expect(areaOf_m2(divide([SQUARE], lines)) / area_m2(SQUARE), `seed ${seed}`).toBeCloseTo(1, 4);
    }
  });
});
