import { expect, it } from 'vitest';
import { formatTime } from './time';

it('writes the clock of the city whatever offset the server sends', () => {
  expect(formatTime('2026-09-12T00:14:00Z', 'zh')).toBe('2026年9月12日 08:14');
  expect(formatTime('2026-09-12T08:14:00+08:00', 'en')).toBe('12 Sept 2026, 08:14');
  expect(formatTime('yesterday', 'en')).toBe('yesterday');
});
