import { isOnGlobe, type LonLat } from '../geo/coordinates';

const KEY = 'at';

/** Reads the selected point `at=lon,lat` from a location hash; null when absent or not a place. */
export function readAt(hash: string): LonLat | null {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get(KEY);
  const match = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(text ?? '');
  if (!match) return null;
  const [lon, lat] = [Number(match[1]), Number(match[2])];
  return isOnGlobe(lon, lat) ? { lon, lat } : null;
}

/** Returns the hash with `at` set or, for null, removed; MapLibre's own `map=` part stays as it is. */
export function writeAt(hash: string, point: LonLat | null): string {
  return writePart(hash, KEY, point && `${round(point.lon)},${round(point.lat)}`);
}

/** Returns the hash with one part set or, when it says nothing, removed. */
export function writePart(hash: string, key: string, value: string | null): string {
  const parts = hash.replace(/^#/, '').split('&').filter((part) => part && !part.startsWith(`${key}=`));
  if (value) parts.push(`${key}=${value}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

/** Reads which layers a link names (see layers/choice.ts); null when it says nothing of them. */
export function readLayers(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('layers');
}

/** Tells whether the hash says where the camera stands. */
export function hasCamera(hash: string): boolean {
  return new URLSearchParams(hash.replace(/^#/, '')).has('map');
}

// Seven digits are about a centimetre: finer than a click, short enough to read.
function round(degrees: number): string {
  return String(Number(degrees.toFixed(7)));
}
