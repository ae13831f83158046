import type { LayerSpecification } from 'maplibre-gl';

const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  fill: ['fill-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['icon-opacity', 'text-opacity'],
  raster: ['raster-opacity'],
  heatmap: ['heatmap-opacity'],
  'fill-extrusion': ['fill-extrusion-opacity'],
};

/** Names the properties that say how strongly a kind of style layer is drawn. */
export function opacityProperties(type: LayerSpecification['type']): readonly string[] {
  return PROPERTIES[type] ?? [];
}

/**
 * Weakens an opacity by a share. An expression by the zoom must stay outermost (MapLibre takes it nowhere else), so
 * its results are weakened one by one.
 */
export function weakened(opacity: unknown, share: number): unknown {
  if (opacity === undefined) return share;
  if (share === 1) return opacity;
  if (typeof opacity === 'number') return opacity * share;
  if (!Array.isArray(opacity)) return opacity;
  const first = { interpolate: 4, step: 2 }[String(opacity[0])];
  if (first === undefined) return ['*', share, opacity];
  return opacity.map((part: unknown, at) => (at >= first && (at - first) % 2 === 0 ? weakened(part, share) : part));
}
