import { describe, expect, it } from 'vitest';
import { DATUMS, datumLabel, formatDistance, formatLonLat, isDatum, isOnGlobe, narrower } from './coordinates';

describe('coordinates', () => {
  it('writes longitude first with six digits', () => {
    expect(formatLonLat({ lon: 116.3100001, lat: 39.98 })).toBe('116.310000, 39.980000');
  });

  it.each([
    [0.0004, '0.4 mm'],
    [0.25, '25 cm'],
    [12.345, '12.3 m'],
    [640.4, '640 m'],
    [1530, '1.53 km'],
  ])('writes %d m as %s', (metres, text) => expect(formatDistance(metres)).toBe(text));

  it('knows the datums of the API and no other', () => {
    expect(DATUMS.map(datumLabel)).toEqual(['WGS-84', 'CGCS2000', 'GCJ-02', 'BD-09']);
    expect(isDatum('gcj02')).toBe(true);
    expect(isDatum('GCJ02')).toBe(false);
  });

  it('refuses what is not a place', () => {
    expect(isOnGlobe(116, 39)).toBe(true);
    expect(isOnGlobe(Number.NaN, 39)).toBe(false);
    expect(isOnGlobe(39, 116)).toBe(false);
  });

  it('narrows a box only to a real one within it', () => {
    const city = [116, 39, 117, 40] as const;
    expect(narrower(city, [116.2, 39.2, 116.3, 39.3])).toEqual([116.2, 39.2, 116.3, 39.3]);
    expect(narrower(city, city)).toEqual(city);
    expect(narrower(city, null)).toBe(city);
    expect(narrower(city, [115, 39.2, 116.3, 39.3])).toBe(city);
    expect(narrower(city, [116.3, 39.2, 116.2, 39.3])).toBe(city);
  });
});
