import type { BBox, Datum } from '../geo/coordinates';

/** A text in both languages of the product. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** What the city is called and holds; an empty store has no name and no extent. */
export interface City {
  readonly name: string | null;
  readonly name_en: string | null;
  readonly extent_note: string | null;
  readonly extent_note_en: string | null;
  readonly bbox: BBox;
  readonly coverage: string;
  readonly version: number;
  readonly levels: readonly LevelInfo[];
  readonly counts: Readonly<Record<string, number>>;
  readonly sources: readonly Source[];
}

export interface LevelInfo {
  readonly level: number;
  readonly layer: string;
  readonly title: string;
  readonly title_en: string;
  readonly units: number;
}

export interface Source {
  readonly title: string;
  readonly licence: string;
}

/** A published layer, as the catalogue describes it. */
export interface LayerInfo {
  readonly name: string;
  readonly title: string;
  readonly title_en: string;
  readonly geometry: 'point' | 'line' | 'polygon';
  readonly tiles: string;
  readonly min_zoom: number;
  readonly max_zoom: number;
  readonly version: number;
  /** What must stand beside a map of it: whose it is, and its review number (审图号). */
  readonly attribution?: string;
  /** Where the pictures of another platform are described; layers with features have none. */
  readonly tilejson?: string;
}

/** A layer of pictures, which another platform draws. */
export type PictureInfo = LayerInfo & { readonly tilejson: string };

export function isPicture(info: LayerInfo): info is PictureInfo {
  return info.tilejson !== undefined;
}

export interface ChainLink {
  readonly level: number;
  readonly level_name: Bilingual;
  readonly code: string;
  readonly name: string;
  readonly name_en: string | null;
  readonly generated: boolean;
}

export type Ruling = 'inside' | 'border' | 'nearest' | 'unassigned';

export interface Duty {
  readonly person: {
    readonly name: string;
    readonly role: string | null;
    readonly role_en: string | null;
    readonly on_duty: boolean;
    readonly phone: string | null;
    /** Whose name and phone can be asked for in clear; absent where nobody may. */
    readonly worker_id?: number | null;
  } | null;
  readonly organisation: { readonly name: string; readonly name_en?: string | null } | null;
  readonly basis: Bilingual | null;
}

/** What locate says of one point. */
export interface Assignment {
  readonly code: string | null;
  readonly name: string | null;
  readonly name_en: string | null;
  readonly ruling: Ruling;
  readonly ruling_text: Bilingual;
  readonly chain: readonly ChainLink[];
  readonly border_m: number | null;
  readonly runner_up: { readonly code: string; readonly name: string; readonly name_en?: string | null } | null;
  readonly duty: Duty | null;
}

export interface LocateAnswer {
  readonly version: number;
  readonly coverage: string;
  readonly assignments: readonly Assignment[];
}

export interface Category {
  readonly code: string;
  readonly name: string;
  readonly class_code: string;
  readonly class_name: string;
}

export type ResultKind = 'unit' | 'place' | 'address' | 'component' | 'event' | 'coordinates';

export interface SearchResult {
  readonly kind: ResultKind;
  readonly title: string;
  readonly title_en: string | null;
  readonly subtitle: string | null;
  readonly subtitle_en: string | null;
  readonly lon: number;
  readonly lat: number;
  readonly bbox: BBox | null;
  readonly code: string | null;
  /** The key of an event, place or component in its own route. */
  readonly id?: string | number | null;
  readonly generated: boolean;
}

export interface SearchAnswer {
  readonly query_kind: 'code' | 'coordinates' | 'text';
  readonly datum: Datum;
  readonly results: readonly SearchResult[];
}

/** Layers whose single features have a card of their own. */
export const CARD_KINDS = ['events', 'places', 'components'] as const;
export type CardKind = (typeof CARD_KINDS)[number];

/** One event, place or component; which fields it has depends on its kind. */
export type Card = Readonly<Record<string, unknown>> & { readonly lon: number; readonly lat: number };

export const ROLES = [
  'viewer',
  'field_worker',
  'street_administrator',
  'district_administrator',
  'analyst',
  'commander',
  'system',
] as const;
export type Role = (typeof ROLES)[number];

/** Who is logged in, and how far this account sees. */
export interface Me {
  readonly username: string;
  readonly display_name: string;
  readonly role: Role;
  /** Everything, one area with what lies below it, or what belongs to one organisation. */
  readonly reach: 'city' | 'area' | 'organisation';
  readonly area: string | null;
  readonly area_name: string | null;
  readonly area_name_en: string | null;
  readonly organisation: { readonly name: string; readonly name_en?: string | null } | null;
  readonly must_change_password: boolean;
  /** Goes with every change as a header; null when we came with a key instead of a session. */
  readonly csrf: string | null;
}

/** How one can log in here. */
export interface LogInMethods {
  readonly password: boolean;
  readonly oidc: { readonly title: string; readonly url: string } | null;
}
