import type { LayerSpecification } from 'maplibre-gl';

/**
 * The three heights that layers are drawn at: areas and lines above the ground, points above everything of the city,
 * writing above the city's. Within each, what is higher in the list lies higher.
 */
export const BANDS = ['areas', 'points', 'labels'] as const;
export type Band = (typeof BANDS)[number];

/** An invisible style layer below which a band ends. */
export const anchor = (band: Band): string => `@${band}`;

/** The style layer of the base map of another platform. */
export const BASE_PICTURE = '+@base';

export function bandOf(layer: LayerSpecification): Band {
  if (layer.type === 'circle' || layer.type === 'heatmap') return 'points';
  if (layer.type !== 'symbol') return 'areas';
  const isCount = layer.id.endsWith('-cluster-count');
  return isCount || layer.layout?.['icon-image'] !== undefined ? 'points' : 'labels';
}

const isGround = (id: string): boolean => /^base-(?!label)/.test(id);
const isBelow = (id: string): boolean => isGround(id) || id.startsWith('+');

/** Finds what each anchor has to stand below, of the style layers from bottom to top; undefined: nothing. */
export function placesOf(ids: readonly string[]): Readonly<Record<Band, string | undefined>> {
  const from = ids.findIndex((id) => !isBelow(id));
  return {
    areas: ids[from],
    points: ids.find((id, at) => at >= from && id.startsWith('base-label')),
    labels: ids.find((id) => id.endsWith('-cluster-count')),
  };
}

/** Finds what a base map has to stand below: the first that is no part of the ground. */
export function aboveGround(ids: readonly string[]): string | undefined {
  return ids.find((id) => !isGround(id) && id !== BASE_PICTURE);
}
