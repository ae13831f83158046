import type { Bilingual } from '../api/types';
import type { BBox } from '../geo/coordinates';
import type { MultiPolygon, Position } from '../geo/plane';

/** What the routes of plans answer; see docs/16-plans.md. */

export const STATUSES = ['draft', 'submitted', 'returned', 'approved', 'published', 'withdrawn'] as const;
export type Status = (typeof STATUSES)[number];

/** A grid adjustment order (网格调整单). */
export interface Plan {
  readonly id: number;
  readonly no: string;
  readonly coverage: string;
  readonly title: string;
  readonly basis: string;
  readonly origin?: string;
  readonly status: Status;
  readonly etag: number;
  readonly head: number;
  readonly drafter: string;
  /** `edit` and the verbs that are open to us now; a list of plans does not tell. */
  readonly may?: readonly string[];
  /** What undo would take away and redo give back. */
  readonly undo?: StepName | null;
  readonly redo?: StepName | null;
  /** A newer version of the grids is in force than the one it stands on. */
  readonly is_behind?: boolean;
  readonly newest_version?: number;
  readonly unit_code?: string | null;
  readonly effective_at: string | null;
  readonly base_version: number;
  readonly published_version?: number | null;
  readonly publish_problem?: { readonly detail?: string } | null;
  readonly publish_asked_at?: string | null;
  readonly counter_of?: number | null;
  readonly updated_at: string;
}

export interface StepName {
  readonly seq: number;
  readonly op: string;
  readonly title: string;
}

export interface Person {
  readonly worker_id: number;
  readonly role: string;
}

/** A unit as the plan has it. */
export interface Unit {
  readonly id: string;
  readonly level: number;
  readonly code: string | null;
  readonly parent: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly generated: boolean;
  readonly people: readonly Person[];
  /** What it is likely to get when the plan is published. */
  readonly proposed_code: string | null;
  readonly status: 'new' | 'changed' | 'same';
  /** None of a unit above the base units: its shape is that of those below it. */
  readonly polygons: MultiPolygon;
}

/** A line of the tree of units. */
export interface Leaf {
  readonly id: string;
  readonly level: number;
  readonly code: string | null;
  readonly parent: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly generated?: boolean;
}

/** A line of the tree with the number of units right below it. */
export interface Node extends Leaf {
  readonly children: number;
}

export interface Step {
  readonly seq: number;
  readonly op: string;
  readonly title: string;
  readonly username: string;
  readonly at: string;
}

export interface Comment {
  readonly id: number;
  readonly kind: string;
  readonly text: string;
  readonly username: string;
  readonly at: string;
  readonly lon?: number | null;
  readonly lat?: number | null;
}

export interface Fix {
  readonly key: string;
  readonly title: Bilingual;
  readonly operation: Operation;
}

export interface Issue {
  readonly id: string;
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly lon: number;
  readonly lat: number;
  readonly bbox: BBox;
  readonly units: readonly string[];
  readonly text: Bilingual;
  readonly title?: Bilingual;
  readonly fixes: readonly Fix[];
  readonly waived: string | null;
  /** It is so in what is in force already. */
  readonly standing: boolean;
  /** The plan cannot go on because of it. */
  readonly blocks: boolean;
}

/** An operation as it is sent. */
export type Operation = Readonly<Record<string, unknown>> & { readonly op: string };

export type Figure = number | null;

/** Borders where a plan and what was published since do not go together. */
export interface Clash {
  readonly id: string;
  readonly units: readonly { readonly id: string; readonly base: Leaf | null; readonly mine: Leaf | null; readonly published: Leaf | null }[];
  readonly base: Collection;
  readonly mine: Collection;
  readonly published: Collection;
  readonly bbox: BBox | null;
}

/** What can be counted in the area of a unit. */
export interface Portrait {
  readonly area_m2: number;
  readonly polsby_popper: number;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** A figure that has a limit, and whether it is kept. */
export interface LimitKept {
  readonly rule: string;
  readonly least: number | null;
  readonly most: number | null;
  readonly before: boolean | null;
  readonly after: boolean | null;
}

export interface UnitImpact {
  readonly id: string;
  readonly code: string | null;
  readonly name: string;
  readonly name_en?: string;
  readonly before: Portrait | null;
  readonly after: Portrait | null;
  readonly limits: readonly LimitKept[];
}

export interface Impact {
  readonly units: readonly UnitImpact[];
  /** Events a year that position error puts on the wrong side of the borders. */
  readonly quarrels?: { readonly a_year_before: number; readonly a_year_after: number };
}

/** A unit before and after; a unit that the plan made has no before. */
export interface UnitChange {
  readonly id: string;
  readonly kind: 'new' | 'retired' | 'changed';
  readonly before: Leaf | null;
  readonly after: Leaf | null;
  readonly before_shape?: Geometry | null;
  readonly after_shape?: Geometry | null;
  readonly proposed_code?: string | null;
}

export interface Diff {
  readonly units: readonly UnitChange[];
  readonly parents: readonly UnitChange[];
}

/** A way to split a unit or to even several out, as operations that can be sent. */
export interface Suggestion {
  readonly target: number;
  readonly balanced: boolean;
  readonly reasons: readonly { readonly text: string; readonly text_en: string }[];
  readonly parts: readonly { readonly name: string | null; readonly geometry: Geometry; readonly load_before: number | null; readonly load: number }[];
  readonly operations: readonly Operation[];
}

/** Points to be counted while a border is dragged, column by column. */
export interface Points {
  readonly kinds: readonly string[];
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  readonly kind: readonly number[];
  readonly weight: readonly number[];
}

export interface Feature<Properties> {
  readonly type: 'Feature';
  readonly id?: string | number;
  readonly properties: Properties;
  readonly geometry: Geometry | null;
}

export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'LineString'; readonly coordinates: readonly Position[] }
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

export interface Collection<Properties = Readonly<Record<string, unknown>>> {
  readonly type: 'FeatureCollection';
  readonly features: readonly Feature<Properties>[];
}

/** Reads the polygons of a geometry; none of a line or point. */
export function polygonsOf(geometry: Geometry | null): MultiPolygon {
  if (geometry?.type === 'Polygon') return [geometry.coordinates];
  return geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

/** A base map (底图) of another platform, and what must stand beside it. */
export interface BaseMap {
  readonly name: string;
  readonly title: string;
  readonly title_en: string;
  readonly attribution: string;
  readonly review_number: string;
  readonly datum: string;
  readonly tiles: string;
  readonly min_zoom: number;
  readonly max_zoom: number;
}

/** Somebody in the field, as far as may be shown. */
export interface Worker {
  readonly id: number;
  readonly code: string;
  /** Masked. */
  readonly name: string;
  readonly role: string;
  readonly unit_code: string | null;
  readonly on_duty: boolean;
  readonly organisation: string;
  readonly organisation_en: string;
}

/** A street as a plan has it; shares are 0 to 1 of its area. */
export interface StreetRate {
  readonly id: string;
  readonly code: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly touched: boolean;
  readonly grids_before: number;
  readonly grids: number;
  readonly grids_share: number;
  readonly micro_grids_before: number;
  readonly micro_grids: number;
  readonly micro_share: number;
}

/** A file that was, or is being, laid into a plan. */
export interface PlanImport {
  readonly id: number;
  readonly state: 'waiting' | 'running' | 'done' | 'refused' | 'failed' | 'cancelled';
  readonly stage: string;
  readonly progress: number;
  readonly filename: string;
  readonly username: string;
  readonly asked_at: string;
  readonly step: number | null;
  readonly problems: readonly { readonly where: string; readonly reason: string }[];
  readonly summary: ImportSummary | null;
}

export interface ImportSummary {
  readonly features: number;
  readonly units: number;
  readonly left_out: number;
  readonly lost: number;
  readonly invalid: number;
  readonly gaps: number;
  readonly moved: number;
  readonly moved_m2: number;
  readonly snapped_vertices: number;
  readonly new: number;
  readonly kept: number;
  readonly retired: number;
  readonly shift_m: number | null;
  readonly datum_suggested: string | null;
}

/** What happened to every unit of a file, and every piece of ground that changed hands. */
export interface ImportReport {
  readonly units: readonly ImportedUnit[];
  readonly moved: readonly MovedPiece[];
  readonly gaps: readonly MovedPiece[];
  readonly invalid: readonly string[];
  readonly lost: readonly string[];
  readonly left_out: readonly { readonly feature: string | number; readonly reason: string }[];
  readonly retired: readonly { readonly unit: string; readonly name: string; readonly area_m2: number }[];
}

export interface ImportedUnit {
  readonly unit: string | null;
  readonly code: string | null;
  readonly name: string;
  readonly area_before_m2: number;
  readonly area_after_m2: number;
  readonly gained_m2: number;
  readonly lost_m2: number;
  readonly now: 'new' | 'kept' | null;
  readonly was_m2: number | null;
  readonly shift_m: number | null;
}

export interface MovedPiece {
  readonly kind: string;
  readonly area_m2: number;
  readonly width_m: number | null;
  readonly lon: number;
  readonly lat: number;
}

/** Micro-grids that were made in a grid, with the reasons for their borders. */
export interface GridParts {
  readonly grid: string;
  readonly code: string | null;
  readonly parts: readonly { readonly name: string; readonly area_m2: number; readonly load: number }[];
  readonly reasons: readonly { readonly text: string; readonly text_en: string }[];
}
