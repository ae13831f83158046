import { describe, expect, it } from 'vitest';
import { hasCamera, readAt, writeAt } from './hash';

describe('location hash', () => {
  it('keeps the camera and replaces the point', () => {
    const first = writeAt('#map=15/39.98/116.31', { lon: 116.3, lat: 39.9 });
    expect(first).toBe('#map=15/39.98/116.31&at=116.3,39.9');
    expect(writeAt(first, { lon: 116.4, lat: 40 })).toBe('#map=15/39.98/116.31&at=116.4,40');
    expect(writeAt(first, null)).toBe('#map=15/39.98/116.31');
    expect(writeAt('', null)).toBe('');
  });

  it('returns every point it wrote, to the centimetre', () => {
    for (let step = 0; step < 1000; step += 1) {
      const point = { lon: -180 + step * 0.3599999, lat: -90 + step * 0.1799999 };
      const back = readAt(writeAt('#map=1/2/3', point));
      expect(back!.lon).toBeCloseTo(point.lon, 6);
      expect(back!.lat).toBeCloseTo(point.lat, 6);
    }
  });

  it.each(['', '#at=', '#at=1', '#at=a,b', '#at=200,10', '#at=1,2,3', '#at=<svg>,1'])('reads nothing from %s', (hash) =>
    expect(readAt(hash)).toBeNull(),
  );

  it('knows whether a camera is named', () => {
    expect(hasCamera('#map=12/39/116')).toBe(true);
    expect(hasCamera('#at=116,39')).toBe(false);
  });
});
