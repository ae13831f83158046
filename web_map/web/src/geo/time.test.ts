import { expect, it } from 'vitest';
import { formatAgo, formatTime, formatWait, formatWaitWords } from './time';

it('writes the clock of the city whatever offset the server sends', () => {
  expect(formatTime('2026-09-12T00:14:00Z', 'zh')).toBe('2026年9月12日 08:14');
  expect(formatTime('2026-09-12T08:14:00+08:00', 'en')).toBe('12 Sept 2026, 08:14');
  expect(formatTime('yesterday', 'en')).toBe('yesterday');
});

it.each([
  ['2026-10-08T07:59:40+08:00', '现在', 'now'],
  ['2026-10-08T07:55:30+08:00', '4分钟前', '4 minutes ago'],
  ['2026-10-08T05:00:00+08:00', '3小时前', '3 hours ago'],
  ['2026-10-07T02:00:00+08:00', '昨天', 'yesterday'],
  ['2026-10-01T02:00:00+08:00', '7天前', '7 days ago'],
  ['never', 'never', 'never'],
])('writes how long ago %s was', (text, chinese, english) => {
  const now_ms = Date.parse('2026-10-08T00:00:00Z');
  expect(formatAgo(text, now_ms, 'zh')).toBe(chinese);
  expect(formatAgo(text, now_ms, 'en')).toBe(english);
});

it.each([
  [5, '0:05'],
  [65, '1:05'],
  [600, '10:00'],
  [3661, '1:01:01'],
])('writes a wait of %d s as %s', (seconds, text) => expect(formatWait(seconds)).toBe(text));

it.each([
  [1, '1秒钟', '1 second'],
  [59, '59秒钟', '59 seconds'],
  [61, '2分钟', '2 minutes'],
  [3600, '1小时', '1 hour'],
])('says a wait of %d s as %s', (seconds, chinese, english) => {
  expect(formatWaitWords(seconds, 'zh')).toBe(chinese);
  expect(formatWaitWords(seconds, 'en')).toBe(english);
});
