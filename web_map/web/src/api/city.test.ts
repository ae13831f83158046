import { expect, it } from 'vitest';
import { completeCity } from './city';

it('completes an empty store and keeps a full one', () => {
  const empty = completeCity({ bbox: null, version: 1 });
  expect(empty.bbox).toHaveLength(4);
  expect(empty).toMatchObject({ name: null, version: 1, levels: [], counts: {}, sources: [] });
  const full = { ...empty, name: '海淀', bbox: [1, 2, 3, 4] as const, sources: [{ title: 'a', licence: 'b' }] };
  expect(completeCity(full)).toEqual(full);
});
