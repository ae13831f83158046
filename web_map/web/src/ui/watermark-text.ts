import type { Me } from '../api/types';
import { pick } from '../i18n';

// The clock of the city, the same on every screen; a photograph must be datable whatever the language.
const CLOCK = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Asia/Shanghai' });

/** Says whose screen this is, in two lines: name, unit and account; then the minute. */
export function watermarkLines(me: Me, now: Date): readonly [string, string] {
  const unit = pick(me.organisation?.name, me.organisation?.name_en) || pick(me.area_name, me.area_name_en);
  const who = [me.display_name, unit, me.username].filter(Boolean).join(' · ');
  return [who, CLOCK.format(now)];
}

/** How long until the shown minute is over, in milliseconds. */
export function untilNextMinute_ms(now: Date): number {
  return 60_000 - (now.getTime() % 60_000);
}
