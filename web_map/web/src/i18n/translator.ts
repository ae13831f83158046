import { Value } from '../state/value';

export type Language = 'zh' | 'en';

export const STORAGE_KEY = 'citygrid.language';

/** Picks the language: the remembered one, else Chinese for a Chinese browser, else English. */
export function chooseLanguage(remembered: string | null, browser: string): Language {
  if (remembered === 'zh' || remembered === 'en') return remembered;
  return /^zh\b/i.test(browser) || browser === '' ? 'zh' : 'en';
}

/** The language of the interface. */
export const language = new Value<Language>('zh');

type Values = Readonly<Record<string, string | number>>;

/** Makes the function that says sentences of one table in the present language, with `{name}` replaced from `values`. */
export function translator<Key extends string>(
  tables: Readonly<Record<Language, Readonly<Record<Key, string>>>>,
): (key: Key, values?: Values) => string {
  return (key, values = {}) => fill(tables[language.current][key], values);
}

export function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
