import type { Bilingual, LayerInfo } from '../api/types';

/** A small sign beside a name: what a class of a layer is drawn with. */
export interface Sign {
  readonly shape: 'circle' | 'square' | 'diamond' | 'triangle' | 'star' | 'cross' | 'line' | 'area';
  readonly colour: string;
  readonly border: string | null;
  readonly dashed?: boolean;
}

/** A layer with what the tree needs to know of it, as `GET /api/layers` tells. */
export type TreeLayer = LayerInfo & {
  readonly description?: string;
  readonly keywords?: readonly string[];
  /** The path of its group, parts apart by "/". */
  readonly theme?: Bilingual;
  /** The zooms at which it is drawn, its place on the map, its first signs; null for pictures. */
  readonly look?: {
    readonly min_zoom: number;
    readonly max_zoom: number;
    readonly order: number;
    readonly signs: readonly Sign[];
  } | null;
  /** The layer of the city that it shows a part of. */
  readonly part_of?: string | null;
  /** Another platform's service, and how it does. */
  readonly external?: { readonly state?: string; readonly error?: string | null; readonly data_at?: string | null };
};

/** The look of a layer, as `GET /api/layers/{name}/legend` tells. */
export interface Legend {
  readonly classes: ReadonlyArray<{ readonly title: string; readonly title_en: string }>;
  readonly signs: readonly Sign[];
  readonly clusters: ReadonlyArray<{ readonly count: number; readonly colour: string; readonly radius_px: number }>;
}

/** A map of another platform that may lie below our data. */
export interface BaseMap {
  readonly name: string;
  readonly title: string;
  readonly title_en: string;
  readonly attribution: string;
  readonly review_number: string;
  readonly tiles: string;
  readonly min_zoom: number;
  readonly max_zoom: number;
}
