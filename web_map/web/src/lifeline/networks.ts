import type { BBox } from '../geo/coordinates';

/** What runs off by itself has nothing to shut. */
const SINKS: ReadonlySet<string> = new Set(['storm', 'sewer', 'combined', 'heat_return']);

/** A network that has a pipe near the selected point. */
export interface Near {
  readonly network: string;
  readonly medium: string;
}

export type Kind = 'isolation' | 'upstream' | 'downstream';

/** What may be asked of a network. */
export function kindsOf(medium: string): readonly Kind[] {
  return SINKS.has(medium) ? ['upstream', 'downstream'] : ['isolation'];
}

/** Names each network once that has pipes among the features, in their order. */
export function networksOf(features: ReadonlyArray<{ readonly properties: Near }>): readonly Near[] {
  const found = new Map(features.map(({ properties: { network, medium } }) => [network, { network, medium }]));
  return [...found.values()];
}

/** A line or a point of GeoJSON. */
export interface Shape {
  readonly geometry: { readonly coordinates: readonly number[] | ReadonlyArray<readonly number[]> };
}

/** Gives the box around lines and points; null around nothing. */
export function boxOf(shapes: readonly Shape[]): BBox | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of shapes) {
    const flat = geometry.coordinates.flat() as readonly number[];
    for (let at = 0; at + 1 < flat.length; at += 2) {
      [west, east] = [Math.min(west, flat[at]!), Math.max(east, flat[at]!)];
      [south, north] = [Math.min(south, flat[at + 1]!), Math.max(north, flat[at + 1]!)];
    }
  }
  return west <= east ? [west, south, east, north] : null;
}
