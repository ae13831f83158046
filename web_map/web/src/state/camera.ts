import type { SearchResult } from '../api/types';
import type { BBox, LonLat } from '../geo/coordinates';
import type { CityMap, Padding } from '../map/create';
import * as app from './app';
import { layerOfLevel, select } from './select';
import { client } from './session';

const PHONE = '(max-width: 640px)';
/** A single place is looked at from here. */
const CLOSE_ZOOM = 16.5;

let map: CityMap | null = null;

/** Tells the camera which map it moves; null after log-out. */
export function useMap(next: CityMap | null): void {
  map = next;
}

/** Returns the room the search card and the open panel take from the map. */
export function padding(): Padding {
  if (!matchMedia(PHONE).matches) return { top: 40, right: innerWidth > 1200 ? 340 : 60, bottom: 70, left: 440 };
  const sheet_px = app.selection.current ? Math.round(innerHeight * 0.5) : 60;
  return { top: 110, right: 24, bottom: sheet_px, left: 24 };
}

export function flyTo(point: LonLat): void {
  map?.flyTo(point, Math.max(map.zoom(), CLOSE_ZOOM), padding());
}

export function fit(bbox: BBox): void {
  map?.fit(bbox, padding());
}

/** Brings a whole box out from under the panels; where all of it is seen the camera stays. */
export function revealAll(bbox: BBox): void {
  const [west, south, east, north] = bbox;
  const corners = [{ lon: west, lat: south }, { lon: east, lat: north }];
  if (map && !corners.every((corner) => map?.sees(corner, padding()))) fit(bbox);
}

/** Shows everything that is ours: the whole city, or the area of the account. */
export function showHome(): void {
  if (app.opened.current.state === 'ready') fit(app.opened.current.value.home);
}

export function zoomBy(steps: number): void {
  map?.zoomBy(steps);
}

/** Brings a point out from under the panels, without changing the zoom. */
export function reveal(point: LonLat): void {
  if (map && !map.sees(point, padding())) map.flyTo(point, map.zoom(), padding());
}

export function reloadTiles(): void {
  app.failedTiles.set(0);
  map?.reload();
}

/** Goes to a search result and opens its panel. */
export function goTo(result: SearchResult): void {
  const point = { lon: result.lon, lat: result.lat };
  void select(point, featureOf(result)).then(() => showUnitOf(result));
  if (result.bbox && result.kind === 'unit') fit(result.bbox);
  else flyTo(point);
}

const CARD_OF_KIND = { event: 'events', place: 'places', component: 'components' } as const;

// The code of an event or place is its id; a component has a 17-digit code beside its id.
function featureOf(result: SearchResult): app.Selection['feature'] {
  const id = result.id ?? (result.kind === 'component' ? null : result.code);
  if (!(result.kind in CARD_OF_KIND) || id === null) return null;
  return { kind: CARD_OF_KIND[result.kind as keyof typeof CARD_OF_KIND], id: String(id) };
}

function showUnitOf(result: SearchResult): void {
  if (result.kind !== 'unit' || app.located.current?.state !== 'ready') return;
  const link = app.located.current.value.assignment.chain.find((unit) => unit.code === result.code);
  const layer = link && layerOfLevel(link.level);
  if (layer && result.code) app.shownUnit.set({ layer, code: result.code });
}

/** Shows a unit of the chain as a whole; its extent comes from the search by code. */
export async function showUnit(level: number, code: string): Promise<void> {
  const layer = layerOfLevel(level);
  app.shownUnit.set(layer ? { layer, code } : null);
  if (level === 1) return showHome();
  try {
    const { results } = await client.search(code, 'wgs84');
    const unit = results.find((result) => result.code === code);
    if (unit?.bbox) fit(unit.bbox);
  } catch (error) {
    app.say(error instanceof Error ? error.message : String(error));
  }
}
