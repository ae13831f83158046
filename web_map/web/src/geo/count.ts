import { boxOf, isIn, type MultiPolygon } from './plane';

/** Points with a kind and a weight, column by column. */
export interface Weighted {
  readonly kinds: readonly string[];
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  readonly kind: readonly number[];
  readonly weight: readonly number[];
}

/** Adds up what lies in polygons, by kind. */
export function count(points: Weighted, polygons: MultiPolygon): Record<string, number> {
  const sums = points.kinds.map(() => 0);
  const { west, south, east, north } = boxOf(polygons.flatMap((polygon) => polygon[0] ?? []));
  for (let i = 0; i < points.lon.length; i++) {
    const [lon, lat] = [points.lon[i]!, points.lat[i]!];
    if (lon < west || lon > east || lat < south || lat > north) continue;
    if (isIn([lon, lat], polygons)) sums[points.kind[i]!]! += points.weight[i]!;
  }
  return Object.fromEntries(points.kinds.map((kind, index) => [kind, sums[index]!]));
}
