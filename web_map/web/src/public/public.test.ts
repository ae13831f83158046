import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { language } from '../i18n/translator';
import { openingWords, when } from './opening';
import { en } from './words/en';
import { plain } from './words';
import { zh } from './words/zh';

const NOW = new Date('2026-11-20T15:00:00+08:00');
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('words', () => {
  it('has the same places to fill in both languages', () => {
    for (const [key, text] of Object.entries(zh)) expect(placeholders(en[key as keyof typeof en]), key).toEqual(placeholders(text));
  });

  it('takes marks out of names', () => {
    expect(plain('海淀区 未命名(演示)14 社区(生成)')).toBe('海淀区 未命名14 社区');
    expect(plain('Community 002 car park (demo)')).toBe('Community 002 car park');
  });
});

describe('opening', () => {
  beforeEach(() => language.set('en'));
  afterEach(() => language.set('zh'));

  it('says when it closes or opens again by the clock of the city', () => {
    expect(openingWords({ is_open: true, changes_at: '2026-11-20T23:00:00+08:00' }, NOW)).toBe('Open · closes 23:00');
    expect(openingWords({ is_open: true, changes_at: '2026-11-20T16:00:00Z' }, NOW)).toBe('Open · closes 24:00');
    expect(openingWords({ is_open: false, changes_at: '2026-11-21T08:00:00+08:00' }, NOW)).toBe('Closed · opens tomorrow 08:00');
    expect(openingWords({ is_open: false, changes_at: '2026-11-23T09:00:00+08:00' }, NOW)).toBe('Closed · opens Mon 09:00');
    expect(when('2027-06-01T10:00:00+08:00', NOW)).toBe('1 Jun');
  });

  it('says what has no end and what is not known', () => {
    expect(openingWords({ is_open: true, changes_at: null }, NOW)).toBe('Always open');
    expect(openingWords({ is_open: false, changes_at: null }, NOW)).toBe('Closed');
    expect(openingWords({ is_open: null, changes_at: null }, NOW)).toBe('Hours not known');
  });
});
