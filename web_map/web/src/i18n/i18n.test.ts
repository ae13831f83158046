import { afterEach, describe, expect, it } from 'vitest';
import { chooseLanguage, isMessageKey, language, pick, t } from '.';
import { accountEn } from './account-en';
import { accountZh } from './account-zh';
import { en } from './en';
import { en as layersEn } from '../layers/words/en';
import { zh as layersZh } from '../layers/words/zh';
import { fill } from './translator';
import { zh } from './zh';

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

afterEach(() => language.set('zh'));

describe.each([
  ['of the page', zh, en],
  ['of the account', accountZh, accountEn],
  ['of the layers', layersZh, layersEn],
] as Array<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>)('messages %s', (_, zh, en) => {
  it('have the same keys and placeholders in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, chinese] of Object.entries(zh)) {
      const english = en[key] ?? '';
      expect(placeholders(english), key).toEqual(placeholders(chinese));
      expect(english.trim(), key).not.toBe('');
    }
  });

  it('have no Chinese in the English table except the language switch', () => {
    const chinese = Object.entries(en).filter(([, text]) => /\p{Script=Han}/u.test(text));
    expect(chinese.map(([key]) => key).filter((key) => !key.startsWith('top.language'))).toEqual([]);
  });
});

describe('messages', () => {
  it('fill their placeholders and leave unknown ones visible', () => {
    expect(fill('{a}/{b}', { a: 1 })).toBe('1/{b}');
    expect(t('search.count', { n: 3 })).toBe('3 条结果');
    language.set('en');
    expect(t('search.count', { n: 3 })).toBe('3 results');
  });

  it('know their own keys', () => {
    expect(isMessageKey('state.new')).toBe(true);
    expect(isMessageKey('toString')).toBe(false);
  });
});

describe('language', () => {
  it.each([
    ['en', 'zh-CN', 'en'],
    [null, 'zh-CN', 'zh'],
    [null, 'zh', 'zh'],
    [null, 'en-GB', 'en'],
    [null, '', 'zh'],
    ['xx', 'fr', 'en'],
  ] as const)('remembered %s, browser %s → %s', (remembered, browser, expected) =>
    expect(chooseLanguage(remembered, browser)).toBe(expected),
  );

  it('falls back to the other language of the data', () => {
    expect(pick('学院路', 'Xueyuan Road')).toBe('学院路');
    language.set('en');
    expect(pick('学院路', null)).toBe('学院路');
    expect(pick('学院路', 'Xueyuan Road')).toBe('Xueyuan Road');
    expect(pick(null, undefined)).toBe('');
  });
});
