import { formatTime } from '../../geo/time';
import { language, translator } from '../../i18n/translator';
import { en } from './en';
import { zh, type Word } from './zh';

export type { Word };

/** Says a sentence of the editor. */
export const say = translator<Word>({ zh, en });

export function isWord(key: string): key is Word {
  return Object.hasOwn(zh, key);
}

/** Says a sentence whose key is put together; the key itself where there is none. */
export function sayIf(key: string, otherwise = key): string {
  return isWord(key) ? say(key) : otherwise;
}

/** Writes a number as people read it, with at most one digit behind the point. */
export function figure(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.current === 'zh' ? 'zh-CN' : 'en', { maximumFractionDigits: digits }).format(value);
}

/** Writes an area: square metres for what is small, square kilometres for what is not. */
export function area(square_m: number): string {
  if (square_m < 1_000_000) return `${figure(square_m)} m²`;
  return `${figure(square_m / 1e6, square_m < 1e7 ? 2 : 1)} km²`;
}

/** Writes a moment by the clock of the city; nothing for none. */
export function moment(text: string | null | undefined): string {
  return text ? formatTime(text, language.current) : '';
}
