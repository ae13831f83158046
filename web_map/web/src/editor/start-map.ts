import * as app from '../state/app';
import { client } from '../state/session';
import { language, pickName } from '../i18n';
import type { Value } from '../state/value';
import { EditorMap, type Touch } from './map/editor-map';
import * as paint from './map/paint';
import { baseFails, baseMaps, chosenBase, loadBaseMaps, shownBase } from './state/base-maps';
import { picking, wantedGrids } from './state/bulk';
import { conflicts, lookedAt } from './state/compare';
import { draft, hovered, selected, tool } from './state/drawing';
import { tell } from './state/changes';
import { canEdit, diff, issues, plan, publications } from './state/plan';
import { remember } from './state/place';
import { baseLevel, look, town, WORK_ZOOM } from './state/town';
import { padding } from './state/view';
import { forget, usePointing } from './tools/pointing';
import { theTool } from './tools/tools';
import type { Unit } from './wire';

/** Draws the map and keeps it in step with the state; returns the function that takes it away. */
export function startEditorMap(container: HTMLElement, about: app.Opened): () => void {
  const map: EditorMap = new EditorMap(container, about, padding(), hands(() => map));
  usePointing(map);
  window.citygridMap = map.city.native;
  const stops = follow(map);
  seen(map);
  void loadBaseMaps();
  return () => {
    for (const stop of stops) stop();
    usePointing(null);
    delete window.citygridMap;
    delete document.documentElement.dataset['ready'];
    map.remove();
  };
}

function hands(map: () => EditorMap): ConstructorParameters<typeof EditorMap>[3] {
  const inHand = (act: (touch: Touch) => void) => (touch: Touch) => void act(touch);
  return {
    down: (touch) => (canEdit() && theTool().down?.(touch)) || false,
    move: inHand((touch) => theTool().move?.(touch)),
    up: inHand((touch) => theTool().up?.(touch)),
    click: inHand((touch) => (picking.current ? pickGrid(touch.at) : theTool().click?.(touch))),
    double: inHand((touch) => theTool().double?.(touch)),
    menu: inHand((touch) => canEdit() && theTool().menu?.(touch)),
    moved: () => {
      forget();
      seen(map());
    },
    zoomed: (zoom) => app.zoom.set(Math.floor(zoom * 10) / 10),
    pointed: (at) => app.pointer.set(at),
    baseFailed: () => baseFails.set(true),
    ready: () => {
      document.documentElement.dataset['ready'] = '1';
      seen(map());
    },
  };
}

/** Adds the grid that lies under a click to those that micro-grids shall be made in. */
async function pickGrid([lon, lat]: readonly [number, number]): Promise<void> {
  const found = await client.locate({ lon, lat }, '', new AbortController().signal).catch(() => null);
  const code = found?.assignments[0]?.code;
  if (code && !wantedGrids.current.includes(code)) wantedGrids.set([...wantedGrids.current, code]);
}

function seen(map: EditorMap): void {
  look(map.zoom() >= WORK_ZOOM ? map.bounds() : null);
}

function label(unit: Unit): string {
  const number = (unit.code ?? unit.proposed_code)?.slice(-3) ?? '＋';
  return plan.current && !unit.generated ? `${pickName(unit)}\n${number}` : number;
}

function follow(map: EditorMap): Array<() => void> {
  const units = (): void => map.show('plan-units', paint.unitFeatures(town.current, baseLevel(), new Set(tell(diff.current).map((one) => one.id))));
  const all = (): void => {
    forget();
    units();
    map.show('plan-arcs', paint.arcFeatures(town.current));
    map.show('plan-labels', paint.labelFeatures(town.current, baseLevel(), label));
    map.hidePublished([...town.current.units.values()].flatMap((unit) => unit.code ?? []));
    marks();
    handles();
  };
  const marks = (): void => map.mark(selected.current, hovered.current);
  const handles = (): void => {
    const wanted = tool.current === 'vertex' && canEdit() ? selected.current : [];
    map.show('handles', paint.handleFeatures(town.current, wanted));
  };
  const sketch = (): void => {
    map.show('draft', paint.draftFeatures(draft.current));
    map.show('parts', paint.partFeatures(draft.current));
    map.show('marks', paint.markFeatures(draft.current));
  };
  const troubles = (): void => map.show('issues', paint.issueFeatures(issues.current.state === 'ready' ? issues.current.value : []));
  const clashes = (): void => {
    const found = conflicts.current.state === 'ready' ? conflicts.current.value : [];
    map.show('changed', found.flatMap((clash) => paint.clashFeatures(clash, lookedAt.current)));
  };
  const base = (): void => map.showBase(shownBase());
  const chosen = (): void => {
    marks();
    handles();
    remember('unit', selected.current[0] ?? null);
  };
  const cursor = (): void => void (document.documentElement.dataset['tool'] = tool.current);
  return [
    watch(town, all),
    watch(diff, units),
    watch(selected, chosen),
    watch(hovered, marks),
    watch(tool, () => {
      handles();
      cursor();
    }),
    watch(draft, sketch),
    watch(issues, troubles),
    watch(conflicts, clashes),
    watch(lookedAt, clashes),
    watch(baseMaps, base),
    watch(chosenBase, base),
    watch(publications, () => map.refreshPublished()),
    watch(plan, all),
    watch(language, () => {
      map.translate();
      all();
    }),
  ];
}

function watch<T>(value: Value<T>, act: () => void): () => void {
  return value.watch(act);
}
