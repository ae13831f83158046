import type { Language } from '../i18n';

// The clock of the city, not of the browser: every Chinese city keeps Beijing time.
const CITY_TIME_ZONE = 'Asia/Shanghai';

/** Writes an RFC 3339 time in the city's own clock; what is not a time comes back as it is. */
export function formatTime(text: string, language: Language): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return text;
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: CITY_TIME_ZONE }).format(moment);
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Writes how far a time lies from `now_ms` in the largest unit that fits, such as "5 minutes ago". */
export function formatAgo(text: string, now_ms: number, language: Language): string {
  const seconds = (new Date(text).getTime() - now_ms) / 1000;
  if (Number.isNaN(seconds)) return text;
  const words = new Intl.RelativeTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { numeric: 'auto' });
  const unit = UNITS.find(([, length_s]) => Math.abs(seconds) >= length_s);
  return unit ? words.format(Math.trunc(seconds / unit[1]), unit[0]) : words.format(0, 'second');
}

/** Writes a wait in words, rounded up: "40 seconds", "2 minutes", "1 hour". */
export function formatWaitWords(seconds: number, language: Language): string {
  const [unit, length_s] = [...UNITS].find(([, length]) => seconds >= length) ?? ['second', 1];
  const words = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { style: 'unit', unit, unitDisplay: 'long' });
  return words.format(Math.ceil(seconds / length_s));
}

/** Writes a wait in seconds as minutes:seconds, with hours before them where there are any. */
export function formatWait(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), (seconds % 3600) / 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${Math.floor(minutes)}:${two(seconds % 60)}`;
}
