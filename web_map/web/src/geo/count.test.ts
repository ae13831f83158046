import { expect, it } from 'vitest';
import { count } from './count';
import type { MultiPolygon } from './plane';

const SQUARE: MultiPolygon = [[[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]], [[0.5, 0.5], [0.5, 1], [1, 1], [1, 0.5], [0.5, 0.5]]]];

it('adds up what lies inside, holes left out', () => {
  const points = { kinds: ['people', 'events'], lon: [1.5, 0.7, 1.2, 3], lat: [1.5, 0.7, 1.7, 1], kind: [0, 0, 1, 1], weight: [2.5, 9, 1, 1] };
  expect(count(points, SQUARE)).toEqual({ people: 2.5, events: 1 });
});
