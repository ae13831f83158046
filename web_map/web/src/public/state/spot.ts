import { Value } from '../../state/value';
import type { LonLat } from '../../geo/coordinates';

/** A place that somebody chose, and how. */
export interface Spot extends LonLat {
  readonly by: 'position' | 'search' | 'map';
  readonly title: string | null;
  readonly title_en: string | null;
  readonly accuracy_m: number | null;
}

/** Where places are looked for, and where a problem is: one for each. */
export const lookingFrom = new Value<Spot | null>(null);
export const problemAt = new Value<Spot | null>(null);

/** Asks the browser where we are; rejects with the code of a GeolocationPositionError. */
export function myPosition(): Promise<Spot> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(2);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lon: coords.longitude,
          lat: coords.latitude,
          by: 'position',
          title: null,
          title_en: null,
          accuracy_m: Math.round(coords.accuracy),
        }),
      (error) => reject(error.code),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
    );
  });
}
