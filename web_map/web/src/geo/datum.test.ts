import { describe, expect, it } from 'vitest';
import { shown } from './datum';

// What `spatial.geometry.datum.convert` answers.
const PLACES = [
  [116.317, 39.984, 'gcj02', 116.32311851616637, 39.985293490037414],
  [116.317, 39.984, 'bd09', 116.32971292605373, 39.991078502773284],
  [114.06, 22.54, 'gcj02', 114.06511615519426, 22.537286218915426],
  [114.06, 22.54, 'bd09', 114.0716631450559, 22.542952630319196],
  [87.6, 43.8, 'gcj02', 87.60283897227161, 43.80121203029208],
  [87.6, 43.8, 'bd09', 87.60921015182171, 43.80747250765041],
] as const;

describe('datums', () => {
  it.each(PLACES)('%d, %d in %s', (lon, lat, datum, x, y) => {
    const found = shown({ lon, lat }, datum);
    expect(found.lon).toBeCloseTo(x, 9);
    expect(found.lat).toBeCloseTo(y, 9);
  });

  it('takes CGCS2000 as WGS-84', () => {
    expect(shown({ lon: 116.3, lat: 39.9 }, 'cgcs2000')).toEqual({ lon: 116.3, lat: 39.9 });
  });
});
