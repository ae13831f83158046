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
