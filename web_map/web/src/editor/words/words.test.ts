import { describe, expect, it } from 'vitest';
import { language } from '../../i18n/translator';
import { en } from './en';
import { area, figure, say } from './index';
import { refusalText } from './refusals';
import { zh } from './zh';

describe('the words of the editor', () => {
  it('stand in both languages, with the same gaps to fill', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    const gaps = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(zh)) expect(gaps(en[key as keyof typeof zh]), key).toEqual(gaps(text));
  });

  it('tell as many steps of a tool in both', () => {
    const keys = Object.keys(zh).filter((key) => key.endsWith('.steps')) as Array<keyof typeof zh>;
    for (const key of keys) expect(en[key].split('|').length, key).toBe(zh[key].split('|').length);
  });

  it('write measures as people read them', () => {
    language.set('zh');
    expect(area(101_506)).toBe('101,506 m²');
    expect(area(1_234_567)).toBe('1.23 km²');
    expect(figure(0.456, 2)).toBe('0.46');
    expect(say('issues.sum', { errors: 1, warnings: 2 })).toBe('1 个必须处理，2 个提醒');
  });

  it('say in Chinese why the server refused', () => {
    expect(refusalText("nothing would be left of '第一网格': merge the units instead")).toBe('“第一网格”会一点不剩，请改用“合并”');
    expect(refusalText('something new')).toBe('something new');
    language.set('en');
    expect(refusalText('this changes nothing')).toBe('this changes nothing');
  });
});
