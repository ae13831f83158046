import { query } from '../api/client';
import { isAbort } from '../api/errors';
import type { LonLat } from '../geo/coordinates';
import { failed, LOADING, ready, selection, type Loadable } from '../state/app';
import { client } from '../state/session';
import { Value } from '../state/value';
import { networksOf, type Kind, type Near, type Shape } from './networks';

/** How far from a click a pipe may lie, in degrees of latitude: about 30 m. */
const NEAR_DEG = 0.0003;
/** Pipes and valves as they lie, GeoJSON. */
export interface Shapes {
  readonly type: 'FeatureCollection';
  readonly features: readonly Shape[];
}

export interface Part {
  readonly nodes: number;
  readonly links: number;
  readonly length_m: number;
}

export interface Valve {
  readonly code: string;
  readonly kind: string;
  readonly needed?: boolean;
}

/** The answer of POST /api/lifeline/networks/{name}/traces, as far as the page shows it. */
export interface Answer {
  readonly type: Kind;
  readonly data_at: string;
  readonly topology: { readonly checked: boolean; readonly problems: number };
  readonly close?: readonly Valve[];
  readonly passed?: readonly Valve[];
  readonly stop?: readonly string[];
  readonly cut_off?: Part;
  readonly dry?: Part;
  readonly reached?: Part;
  readonly customers: { readonly services: number; readonly meters: number; readonly people: number | null };
  readonly places: ReadonlyArray<{ readonly name: string }> | null;
  readonly grids: readonly string[] | null;
  readonly features?: Shapes;
}

export interface Asked {
  readonly near: Near;
  readonly kind: Kind;
  readonly point: LonLat;
  /** Codes of valves that somebody found stuck. */
  readonly stuck: readonly string[];
}

export const near = new Value<readonly Near[]>([]);
export const asked = new Value<Asked | null>(null);
export const answer = new Value<Loadable<Answer> | null>(null);

let looking: AbortController | null = null;
let asking: AbortController | null = null;

/** Follows the selected point: looks which networks are there, and forgets what was asked of another one. */
export function follow(): () => void {
  const look = (): void => void lookAround(selection.current?.point ?? null);
  look();
  return selection.watch(look);
}

async function lookAround(point: LonLat | null): Promise<void> {
  looking?.abort();
  const before = asked.current?.point;
  // The card of what was clicked may move the point by a hand's breadth.
  if (!point || !before || Math.hypot(before.lon - point.lon, before.lat - point.lat) > NEAR_DEG / 10) forget();
  near.set([]);
  if (!point) return;
  looking = new AbortController();
  const wide = NEAR_DEG / Math.max(0.1, Math.cos((point.lat * Math.PI) / 180));
  const bbox = [point.lon - wide, point.lat - NEAR_DEG, point.lon + wide, point.lat + NEAR_DEG].join(',');
  const path = `/ogc/collections/pipes/items?${query({ f: 'json', bbox, limit: 100, properties: 'network,medium' })}`;
  try {
    const { features } = await client.ask<{ features: ReadonlyArray<{ properties: Near }> }>(path, { signal: looking.signal });
    near.set(networksOf(features));
  } catch (error) {
    if (!isAbort(error)) near.set([]);
  }
}

function forget(): void {
  asking?.abort();
  asked.set(null);
  answer.set(null);
}

/** Asks a network; a newer question ends the older one. */
export async function ask(question: Asked): Promise<void> {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  asked.set(question);
  answer.set(LOADING);
  const { near: at, kind, point, stuck } = question;
  const body = { type: kind, start: { lon: point.lon, lat: point.lat }, unusable: stuck, geometry: true };
  const path = `/api/lifeline/networks/${encodeURIComponent(at.network)}/traces`;
  try {
    answer.set(ready(await client.ask<Answer>(path, { method: 'POST', body, signal })));
  } catch (error) {
    if (!isAbort(error)) answer.set(failed(error));
  }
}

/** Asks again with a valve that is stuck, or that is not stuck after all. */
export function turn(code: string, isStuck: boolean): void {
  const last = asked.current;
  if (!last) return;
  const stuck = last.stuck.filter((each) => each !== code);
  void ask({ ...last, stuck: isStuck ? [...stuck, code] : stuck });
}
