import type { Line, Polygon, Position, Ring } from '../../geo/plane';
import type { Courses, Fault } from '../../geo/reshape';
import type { Snap } from '../../geo/snapping';
import { Value } from '../../state/value';
import type { Suggestion } from '../wire';

export const TOOLS = ['select', 'vertex', 'border', 'split', 'cut', 'draw', 'merge', 'transfer'] as const;
export type ToolName = (typeof TOOLS)[number];

/** What is on the drawing board and not yet part of the plan. */
export interface Draft {
  /** What has been put down so far. */
  readonly line: Line;
  /** Where the next piece would end. */
  readonly pointer: Position | null;
  readonly isArea: boolean;
  /** What would become of a unit. */
  readonly parts: readonly Polygon[];
  /** Where borders would run. */
  readonly courses: Courses;
  readonly faults: readonly Fault[];
  readonly snap: Snap | null;
  /** The way of a lasso. */
  readonly stroke: Line;
}

export const EMPTY: Draft = {
  line: [],
  pointer: null,
  isArea: false,
  parts: [],
  courses: new Map(),
  faults: [],
  snap: null,
  stroke: [],
};

/** A sketch that is finished and waits for what only words can say: names, and who gets what. */
export type Proposal =
  | { readonly kind: 'split'; readonly unit: string; readonly line: Line; readonly parts: readonly Polygon[] }
  | { readonly kind: 'cut'; readonly unit: string; readonly ring: Ring }
  | { readonly kind: 'draw'; readonly ring: Ring; readonly over: readonly string[] }
  | { readonly kind: 'suggested'; readonly suggestion: Suggestion }
  | { readonly kind: 'merge'; readonly units: readonly string[] }
  | { readonly kind: 'transfer'; readonly from: string; readonly ring: Ring; readonly to: readonly string[]; readonly area_m2: number };

export const tool = new Value<ToolName>('select');
export const draft = new Value<Draft>(EMPTY);
export const proposal = new Value<Proposal | null>(null);
export const snapping = new Value(true);
export const tracing = new Value(false);
/** Ids of the units that are being worked on; the first is the one shown in full. */
export const selected = new Value<readonly string[]>([]);
/** The unit under the pointer. */
export const hovered = new Value<string | null>(null);
/** What to tell below the tool's own hint, such as why a border cannot run there. */
export const remark = new Value('');

export function select(...ids: readonly string[]): void {
  selected.set(ids);
}

export function toggle(id: string): void {
  const now = selected.current;
  selected.set(now.includes(id) ? now.filter((one) => one !== id) : [...now, id]);
}

/** Takes everything off the drawing board. */
export function wipe(): void {
  draft.set(EMPTY);
  proposal.set(null);
  remark.set('');
}
