import type { Place } from './api';
import { language, say } from './words';

const ZONE = 'Asia/Shanghai';

/** Says whether a place is open, and when that changes, by the clock of the city. */
export function openingWords(place: Pick<Place, 'is_open' | 'changes_at'>, now: Date): string {
  if (place.is_open === null) return say('near.unknown');
  const separator = ' · ';
  if (place.is_open && !place.changes_at) return say('near.openAllDay');
  if (place.is_open) return [say('near.open'), say('near.closes', { when: when(place.changes_at ?? '', now) })].join(separator);
  if (!place.changes_at) return say('near.closed');
  return [say('near.closed'), say('near.opens', { when: when(place.changes_at, now) })].join(separator);
}

/** Writes a moment as people say it: 23:00 today, tomorrow 08:00, Monday 08:00, 1 June. */
export function when(text: string, now: Date): string {
  const moment = new Date(text);
  const locale = language.current === 'zh' ? 'zh-CN' : 'en-GB';
  const time = midnight(moment) ?? format(locale, moment, { hour: '2-digit', minute: '2-digit' });
  const day = midnight(moment) ? new Date(moment.getTime() - 60_000) : moment;
  const apart = days(day) - days(now);
  if (apart <= 0) return time;
  if (apart === 1) return say('near.tomorrow', { time });
  if (apart < 7) return `${format(locale, day, { weekday: 'short' })} ${time}`;
  return format(locale, day, { month: 'short', day: 'numeric' });
}

/** A day's end is 24:00 of that day, not 00:00 of the next one. */
function midnight(moment: Date): string | null {
  return format('en-GB', moment, { hour: '2-digit', minute: '2-digit' }) === '00:00' ? '24:00' : null;
}

function format(locale: string, moment: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: ZONE, hourCycle: 'h23' }).format(moment);
}

const days = (moment: Date): number => Math.floor((moment.getTime() + 8 * 3_600_000) / 86_400_000);
