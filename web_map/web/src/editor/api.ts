import { query } from '../api/client';
import type { BBox } from '../geo/coordinates';
import type { Arc } from '../geo/topology';
import { client } from '../state/session';
import type { Listed } from './state/rates';
import type {
  BaseMap, Clash, Collection, Comment, Diff, GridParts, Impact, ImportReport, Issue, Node, Operation, Plan, PlanImport, Points, Step, StreetRate,
  Suggestion, Unit, Worker,
} from './wire';
import { polygonsOf } from './wire';

/** The routes of plans, as docs/16-plans.md tells them; every method rejects with `ApiError`. */

const path = (plan: number, rest = ''): string => `/api/plans/${plan}${rest}`;

export async function listPlans(): Promise<readonly Plan[]> {
  return (await client.ask<{ plans: readonly Plan[] }>('/api/plans')).plans;
}

/** A coverage (网格体系) that plans can be made of. */
export interface CoverageInfo {
  readonly name: string;
  readonly title: string;
  readonly title_en: string;
  readonly composed_of: string | null;
  readonly within: string | null;
  readonly levels: readonly string[];
}

export async function coverages(): Promise<readonly CoverageInfo[]> {
  return (await client.ask<{ coverages: readonly CoverageInfo[] }>('/api/grids/coverages')).coverages;
}

const PAGE = 1000;

/** Lists the units in force of a level (the base units, unless told) of a coverage. */
export async function listUnits(coverage: string, level: number | null = null): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  for (let after = ''; ; after = found.at(-1)!.code) {
    const page = await client.ask<{ units: readonly Listed[] }>(`/api/grids/units?${query({ coverage, level, after, limit: PAGE })}`);
    found.push(...page.units);
    if (page.units.length < PAGE) return found;
  }
}

export interface NewPlan {
  readonly coverage: string;
  readonly title: string;
  readonly basis: string;
  readonly effective_at?: string;
}

export function createPlan(wanted: NewPlan): Promise<Plan> {
  return client.ask('/api/plans', { method: 'POST', body: { ...wanted } });
}

export function readPlan(id: number): Promise<Plan> {
  return client.ask(path(id));
}

export interface Window {
  readonly units: readonly Unit[];
  readonly arcs: readonly Arc[];
}

type Facts = Omit<Unit, 'polygons'>;

interface Sides {
  readonly left: string | null;
  readonly right: string | null;
}

interface Neighbourhood {
  readonly units: Collection<Facts>;
  readonly parents: readonly Facts[];
  readonly arcs: Collection<Sides>;
}

/** Reads the units and borders of a window as the plan has them, and the units above them. */
export async function unitsIn(plan: number, bbox: BBox, signal: AbortSignal): Promise<Window> {
  const answer = await client.ask<Neighbourhood>(path(plan, `/units?${query({ bbox: boxText(bbox) })}`), { signal });
  const units = answer.units.features.map(({ properties, geometry }) => ({ ...properties, polygons: polygonsOf(geometry) }));
  const above = answer.parents.map((facts) => ({ ...facts, polygons: [] }));
  return { units: [...units, ...above], arcs: answer.arcs.features.flatMap(arcOf) };
}

function boxText(bbox: BBox): string {
  return bbox.map((degrees) => degrees.toFixed(7)).join(',');
}

// A side that we may not know is a side with nothing.
function arcOf({ id, properties, geometry }: Collection<Sides>['features'][number]): Arc[] {
  if (geometry?.type !== 'LineString') return [];
  return [{ id: String(id), line: geometry.coordinates, left: properties.left ?? '', right: properties.right ?? '' }];
}

/** What a step did to the units; `reload` says that it is too much to tell. */
export interface Saved {
  readonly etag: number;
  readonly features: Collection<Facts>;
  readonly parents: readonly Facts[];
  readonly retired: readonly string[];
  readonly reload: boolean;
}

export function operate(plan: Plan, operation: Operation): Promise<Saved> {
  return client.ask(path(plan.id, '/operations'), { method: 'POST', body: operation, ifMatch: `"${plan.etag}"` });
}

export function step(plan: Plan, way: 'undo' | 'redo'): Promise<Saved> {
  return client.ask(path(plan.id, `/${way}`), { method: 'POST', ifMatch: `"${plan.etag}"` });
}

export async function steps(plan: number): Promise<readonly Step[]> {
  return (await client.ask<{ steps: readonly Step[] }>(path(plan, '/steps'))).steps;
}

export async function problems(plan: number): Promise<readonly Issue[]> {
  return (await client.ask<{ issues: readonly Issue[] }>(path(plan, '/problems'))).issues;
}

export function impact(plan: number): Promise<Impact> {
  return client.ask(path(plan, '/impact'));
}

export function diff(plan: number): Promise<Diff> {
  return client.ask(path(plan, '/diff'));
}

/** Asks how a unit could be split in two, or several be evened out, by households and along streets. */
export function suggest(plan: number, units: readonly string[]): Promise<Suggestion> {
  const kind = units.length > 1 ? { kind: 'rebalance' } : { kind: 'split', parts: 2 };
  return client.ask(path(plan, `/suggestions?${query({ ...kind, units: units.join(',') })}`));
}

export function points(coverage: string, bbox: BBox, signal: AbortSignal): Promise<Points> {
  return client.ask(`/api/plans/points?${query({ bbox: boxText(bbox), coverage })}`, { signal });
}

export async function conflicts(plan: number): Promise<readonly Clash[]> {
  return (await client.ask<{ conflicts: readonly Clash[] }>(path(plan, '/conflicts'))).conflicts;
}

export async function comments(plan: number): Promise<readonly Comment[]> {
  return (await client.ask<{ comments: readonly Comment[] }>(path(plan, '/comments'))).comments;
}

export function act(plan: Plan, verb: string, body: Readonly<Record<string, unknown>> = {}): Promise<Plan | null> {
  return client.ask(path(plan.id, `/${verb}`), { method: 'POST', body, ifMatch: `"${plan.etag}"` });
}

export function waive(plan: Plan, issue: string, reason: string): Promise<{ readonly etag: number }> {
  return client.ask(path(plan.id, '/waivers'), { method: 'POST', body: { issue, reason }, ifMatch: `"${plan.etag}"` });
}

export function comment(plan: Plan, text: string): Promise<unknown> {
  return client.ask(path(plan.id, '/comments'), { method: 'POST', body: { text } });
}

/** Rows of the tree, and whether there are more. */
export interface TreePage {
  readonly rows: readonly Node[];
  readonly more: boolean;
}

interface TreeAnswer {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly more: boolean;
}

async function treePage(plan: number, asked: Parameters<typeof query>[0], signal?: AbortSignal): Promise<TreePage> {
  const { fields, rows, more } = await client.ask<TreeAnswer>(path(plan, `/tree?${query(asked)}`), signal ? { signal } : {});
  return { rows: rows.map((row) => Object.fromEntries(fields.map((name, index) => [name, row[index]])) as unknown as Node), more };
}

/** Reads units right below another one, or `top`. */
export function treeBelow(plan: number, below: string, skip: number, limit: number): Promise<TreePage> {
  return treePage(plan, { below, skip, limit });
}

/** Reads a unit and those above it. */
export async function treeAbove(plan: number, above: string): Promise<readonly Node[]> {
  return (await treePage(plan, { above })).rows;
}

export async function treeLevel(plan: number, level: number): Promise<readonly Node[]> {
  return (await treePage(plan, { level, limit: 2000 })).rows;
}

export function treeFind(plan: number, find: string, limit: number, signal: AbortSignal): Promise<TreePage> {
  return treePage(plan, { find, limit }, signal);
}

export async function planStreets(plan: number): Promise<readonly StreetRate[]> {
  return (await client.ask<{ streets: readonly StreetRate[] }>(path(plan, '/streets'))).streets;
}

export async function baseMaps(): Promise<readonly BaseMap[]> {
  return (await client.ask<{ base_maps: readonly BaseMap[] }>('/api/base-maps')).base_maps;
}

/** Finds people by a piece of their number or by their surname, those near a unit first. */
export async function findWorkers(q: string, near: string, signal?: AbortSignal): Promise<readonly Worker[]> {
  return (await client.ask<{ workers: readonly Worker[] }>(`/api/workers?${query({ q, near, limit: 20 })}`, signal ? { signal } : {})).workers;
}

export function readWorker(id: number): Promise<Worker> {
  return client.ask(`/api/workers/${id}`);
}

export async function imports(plan: number): Promise<readonly PlanImport[]> {
  return (await client.ask<{ imports: readonly PlanImport[] }>(path(plan, '/imports'))).imports;
}

export function beginImport(plan: Plan, body: FormData): Promise<PlanImport> {
  return client.ask(path(plan.id, '/imports'), { method: 'POST', body, ifMatch: `"${plan.etag}"` });
}

export function readImport(plan: number, number: number): Promise<PlanImport & { readonly report: ImportReport | null }> {
  return client.ask(path(plan, `/imports/${number}`));
}

/** Where the report of an import is to be had as a table. */
export function importTable(plan: number, number: number): string {
  return path(plan, `/imports/${number}?f=csv`);
}

export function cancelImport(plan: Plan, number: number): Promise<unknown> {
  return client.ask(path(plan.id, `/imports/${number}`), { method: 'DELETE' });
}

export function makeMicroGrids(plan: Plan, body: Readonly<Record<string, unknown>>): Promise<Saved & { readonly micro_grids: readonly GridParts[] }> {
  return client.ask(path(plan.id, '/micro-grids'), { method: 'POST', body, ifMatch: `"${plan.etag}"` });
}
