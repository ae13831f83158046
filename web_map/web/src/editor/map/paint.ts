import { area_m2, insidePoint, type Polygon, type Position } from '../../geo/plane';
import { handlesOf } from '../../geo/reshape';
import type { Draft } from '../state/drawing';
import type { Town } from '../state/town';
import type { Clash, Collection, Issue, Unit } from '../wire';
import { area } from '../words';

/** What the editor puts on the map, as features: pure, so that it can be looked at in tests. */

type Features = Collection['features'];
type Properties = Readonly<Record<string, unknown>>;

const PART_COLOURS = ['#0f5ea8', '#d9820f', '#7b3fa0', '#1b8a52', '#c2185b', '#00838f'];

export function pointFeature(coordinates: Position, properties: Properties = {}): Features[number] {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates } };
}

export function lineFeature(coordinates: readonly Position[], properties: Properties = {}): Features[number] {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates } };
}

export function areaFeature(coordinates: readonly Polygon[], properties: Properties = {}): Features[number] {
  return { type: 'Feature', properties, geometry: { type: 'MultiPolygon', coordinates } };
}

/** `real`: ids of the units that the plan does more to than give their border a vertex. */
export function unitFeatures(town: Town, base: number, real: ReadonlySet<string>): Features {
  const units = [...town.units.values()].filter((unit) => unit.level === base);
  return units.map((unit) => areaFeature(unit.polygons, { id: unit.id, code: unit.code, change: unit.status === 'changed' && !real.has(unit.id) ? 'same' : unit.status }));
}

/** Borders, each with the highest level that it parts: 1 is the whole city. */
export function arcFeatures(town: Town): Features {
  return [...town.topology.arcs.values()].map((arc) =>
    lineFeature(arc.line, { level: parted(town.units, arc.left, arc.right) }),
  );
}

/** Finds the highest level at which two units are no longer the same. */
export function parted(units: ReadonlyMap<string, Unit>, left: string, right: string): number {
  const [one, other] = [chain(units, left), chain(units, right)];
  if (!one.length || !other.length) return 1;
  const split = one.findIndex((id, index) => id !== other[index]);
  return split < 0 ? one.length : split + 1;
}

/** Lists a unit's ancestors from the whole down to itself, by what is known of them. */
function chain(units: ReadonlyMap<string, Unit>, id: string): string[] {
  const found: string[] = [];
  for (let at: string | null = id; at; at = units.get(at)?.parent ?? null) {
    found.unshift(at);
    if (found.length > 8) break;
  }
  return found;
}

export function labelFeatures(town: Town, base: number, name: (unit: Unit) => string): Features {
  return [...town.units.values()]
    .filter((unit) => unit.level === base && unit.polygons.length > 0)
    .flatMap((unit) => {
      const spot = insidePoint(largest(unit.polygons));
      return spot ? [pointFeature(spot, { label: name(unit) })] : [];
    });
}

function largest(polygons: readonly Polygon[]): Polygon {
  return polygons.reduce((best, one) => (area_m2(one) > area_m2(best) ? one : best));
}

export function draftFeatures(draft: Draft): Features {
  const bad = draft.faults.length > 0;
  const reach = draft.pointer && draft.line.length ? [...draft.line, draft.pointer] : draft.line;
  const closed = draft.isArea && reach.length > 2 ? [...reach, reach[0]!] : reach;
  const lines = [closed, draft.stroke, ...draft.courses.values()].filter((line) => line.length > 1);
  const held = draft.courses.size && !draft.line.length && draft.pointer ? [draft.pointer] : [];
  return [...lines.map((line) => lineFeature(line, { bad })), ...[...draft.line, ...held].map((position) => pointFeature(position))];
}

export function partFeatures(draft: Draft): Features {
  return draft.parts.map((part, index) =>
    areaFeature([part], { colour: PART_COLOURS[index % PART_COLOURS.length], label: `${index + 1}\n${area(area_m2(part))}` }),
  );
}

export function handleFeatures(town: Town, units: readonly string[]): Features {
  return handlesOf(town.topology, units).map((handle) => pointFeature(handle.position, { kind: handle.kind }));
}

export function markFeatures(draft: Draft): Features {
  const faults = draft.faults.map((fault) => pointFeature(fault.at, { kind: 'fault' }));
  return draft.snap ? [...faults, pointFeature(draft.snap.position, { kind: draft.snap.kind })] : faults;
}

export function issueFeatures(issues: readonly Issue[]): Features {
  return issues.filter((issue) => issue.blocks).map((issue) => pointFeature([issue.lon, issue.lat], { severity: issue.severity, id: issue.id }));
}

const SIDE_LOOKS = {
  base: { colour: '#8f97a3', width: 10 },
  published: { colour: '#0f5ea8', width: 6.5 },
  mine: { colour: '#f0a030', width: 3 },
} as const;

/** The three states of a border that two plans have changed. */
export const SIDES = ['base', 'mine', 'published'] as const;
export type Side = (typeof SIDES)[number];

/** Which conflict is looked at, and which state of it alone; null: all. */
export interface LookedAt {
  readonly id: string | null;
  readonly side: Side | null;
}

/** Shows where a plan was overtaken: whole borders as they were, as the plan has them, as they are in force. */
export function clashFeatures(clash: Clash, at: LookedAt): Features {
  const order = ['base', 'published', 'mine'] as const;
  const isOther = at.id !== null && at.id !== clash.id;
  return order.flatMap((side) => {
    if (isOther || (at.id === clash.id && at.side !== null && at.side !== side)) return [];
    return clash[side].features.map((one) => ({ ...one, properties: SIDE_LOOKS[side] }));
  });
}
