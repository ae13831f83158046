import { afterEach, expect, it } from 'vitest';
import type { Me } from '../api/types';
import { language } from '../i18n';
import { untilNextMinute_ms, watermarkLines } from './watermark-text';

const me: Me = {
  username: 'wang',
  display_name: '王五',
  role: 'street_administrator',
  reach: 'area',
  area: '110108001',
  area_name: '学院路街道',
  area_name_en: 'Xueyuan Road',
  organisation: null,
  must_change_password: false,
  csrf: null,
};
const now = new Date('2026-10-08T00:14:40Z');

afterEach(() => language.set('zh'));

it('names the account, its unit and the minute on the clock of the city', () => {
  expect(watermarkLines(me, now)).toEqual(['王五 · 学院路街道 · wang', '2026-10-08 08:14']);
  const employed = { ...me, organisation: { name: '供水公司', name_en: 'Water company' } };
  expect(watermarkLines(employed, now)[0]).toBe('王五 · 供水公司 · wang');
  language.set('en');
  expect(watermarkLines(employed, now)[0]).toBe('王五 · Water company · wang');
});

it('leaves out a unit that the account does not have', () => {
  expect(watermarkLines({ ...me, area_name: null, area_name_en: null }, now)[0]).toBe('王五 · wang');
});

it('waits until the minute is over', () => {
  expect(untilNextMinute_ms(now)).toBe(20_000);
  expect(untilNextMinute_ms(new Date('2026-10-08T00:14:00Z'))).toBe(60_000);
});
