import { isDatum, type Datum, type LonLat } from '../../geo/coordinates';
import { shown } from '../../geo/datum';
import { client } from '../../state/session';
import { Value } from '../../state/value';

const KEPT = 'citygrid.editor-datum';
/** Less than this, in degrees, is no shift. */
const NOTHING = 1e-6;

const kept = localStorage.getItem(KEPT) ?? '';
/** In which datum coordinates are shown and typed; what is drawn and sent is WGS-84 all the same. */
export const datum = new Value<Datum>(isDatum(kept) ? kept : 'wgs84');
/** Whether the shift of GCJ-02 applies here, as the server says; null until it has said so. */
export const isShifted = new Value<boolean | null>(null);

export function chooseDatum(next: string): void {
  if (!isDatum(next)) return;
  localStorage.setItem(KEPT, next);
  datum.set(next);
}

/** Asks the server once whether the shift applies in this city. */
export async function learnShift(at: LonLat): Promise<void> {
  if (isShifted.current !== null || datum.current === 'wgs84' || datum.current === 'cgcs2000') return;
  const there = await placeOf(`${at.lon.toFixed(6)}, ${at.lat.toFixed(6)}`, 'gcj02').catch(() => null);
  if (there) isShifted.set(Math.hypot(there.lon - at.lon, there.lat - at.lat) > NOTHING * 10);
}

/** Writes a place in the chosen datum; null while it is not known whether the shift applies. */
export function inDatum(place: LonLat): LonLat | null {
  if (datum.current === 'wgs84' || datum.current === 'cgcs2000') return place;
  if (isShifted.current === null) return null;
  return isShifted.current ? shown(place, datum.current) : place;
}

/** Reads coordinates of the chosen datum; null when the text is none. */
export async function placeOf(text: string, of: Datum = datum.current): Promise<LonLat | null> {
  const { query_kind, results } = await client.search(text, of);
  const [first] = results;
  return query_kind === 'coordinates' && first ? { lon: first.lon, lat: first.lat } : null;
}
