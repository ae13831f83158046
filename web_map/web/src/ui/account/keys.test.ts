import { expect, it } from 'vitest';
import { inOrder, type Key } from './keys';

const key = (id: number, last_used_at: string | null, current = false): Key => ({
  id,
  kind: 'session',
  name: '',
  scope: 'all',
  created_at: '2026-10-01T00:00:00Z',
  last_used_at,
  address: null,
  agent: null,
  expires_at: '2027-01-01T00:00:00Z',
  current,
});

it('puts the key in use first and the longest unused last', () => {
  const keys = [key(1, null), key(2, '2026-10-05T08:00:00+08:00'), key(3, '2026-10-02T00:00:00Z', true), key(4, '2026-10-05T00:30:00Z')];
  expect(inOrder(keys).map(({ id }) => id)).toEqual([3, 4, 2, 1]);
});
