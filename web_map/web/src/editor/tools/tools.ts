import { divide, within } from '../../geo/faces';
import { lassoed } from '../../geo/lasso';
import { areaOf_m2, distance_m, isIn, samePlace, type Line, type Polygon, type Position } from '../../geo/plane';
import { canRemove, faultsOf, handlesOf, insertVertex, moveVertex, nearestArc, redraw, type Courses, type Handle } from '../../geo/reshape';
import type { Arc } from '../../geo/topology';
import type { Touch } from '../map/editor-map';
import { draft, EMPTY, hovered, proposal, remark, select, selected, toggle, tool, wipe, type ToolName } from '../state/drawing';
import { needPoints } from '../state/live';
import { operate } from '../state/plan';
import { town, unitAt } from '../state/town';
import { say } from '../words';
import { aim, reach_m } from './pointing';
import { Sketch } from './sketch';
import type { Tool } from './tool';

const polygonsOf = (unit: string): readonly Polygon[] => town.current.units.get(unit)?.polygons ?? [];

function hover(touch: Touch): void {
  hovered.set(unitAt(touch.at)?.id ?? null);
}

const selecting: Tool = {
  move: hover,
  click: (touch) => {
    const unit = unitAt(touch.at);
    if (!unit) return touch.adding ? undefined : select();
    if (touch.adding) toggle(unit.id);
    else select(unit.id);
  },
};

/** Moves, adds and removes vertices of the borders of the selected unit; neighbours follow at once. */
class VertexTool implements Tool {
  #taken: Handle | null = null;
  #moved = false;

  down(touch: Touch): boolean {
    void needPoints();
    this.#taken = this.#under(touch);
    this.#moved = false;
    return this.#taken !== null;
  }

  move(touch: Touch): void {
    if (!this.#taken) return hover(touch);
    this.#moved = true;
    const from = this.#taken.position;
    const { at, snap } = aim(touch, (position) => samePlace(position, from));
    const courses = this.#courses(at);
    const faults = faultsOf(town.current.topology, courses);
    draft.set({ ...EMPTY, courses, faults, snap, pointer: at });
    remark.set(faults[0] ? say(`fault.${faults[0].kind}`) : '');
  }

  up(touch: Touch): void {
    const taken = this.#taken;
    this.#taken = null;
    if (!taken || !this.#moved) return;
    const { faults, courses } = draft.current;
    if (faults.length || !courses.size) return this.#refuse();
    const { at } = aim(touch, (position) => samePlace(position, taken.position));
    void send(taken.kind === 'middle' ? bent(courses, taken) : { op: 'move_vertex', at: taken.position, to: at });
  }

  click(touch: Touch): void {
    if (this.#moved) return void (this.#moved = false);
    const unit = this.#under(touch) ? null : unitAt(touch.at);
    if (unit) select(unit.id);
  }

  /** A right click or a resting finger takes a vertex out. */
  menu(touch: Touch): void {
    const handle = this.#under(touch);
    this.#taken = null;
    wipe();
    if (!handle || handle.kind === 'middle') return;
    if (!canRemove(town.current.topology, handle.position)) return remark.set(say('vertex.needed'));
    void send({ op: 'remove_vertex', at: handle.position });
  }

  #courses(at: Position): Courses {
    const { topology } = town.current;
    const { kind, arc, index, position } = this.#taken!;
    const held = topology.arcs.get(arc);
    if (kind === 'middle') return held ? insertVertex(held, index, at) : new Map();
    return moveVertex(topology, position, at);
  }

  #refuse(): void {
    const words = remark.current;
    wipe();
    remark.set(words ? say('vertex.putBack', { why: words }) : '');
  }

  #under(touch: Touch): Handle | null {
    const near = reach_m(touch) * 1.3;
    const found = handlesOf(town.current.topology, selected.current)
      .map((handle) => ({ handle, far: distance_m(handle.position, touch.at) + (handle.kind === 'middle' ? near / 4 : 0) }))
      .filter(({ far }) => far <= near)
      .sort((a, b) => a.far - b.far);
    return found[0]?.handle ?? null;
  }
}

function bent(courses: Courses, { arc, position }: Handle): Parameters<typeof operate>[0] {
  return { op: 'move_border', at: position, line: courses.get(arc)! };
}

async function send(operation: Parameters<typeof operate>[0]): Promise<void> {
  await operate(operation);
  wipe();
}

/** Gives a border a new course: a click takes the border, then its new way is drawn. */
function borderTool(): Tool {
  let arc: Arc | null = null;
  const sketch = new Sketch({
    isArea: false,
    begin: () => null,
    preview: (line) => {
      if (!arc || line.length < 2 || !town.current.topology.arcs.has(arc.id)) return {};
      const courses = new Map([[arc.id, redraw(arc, line)]]);
      return { courses, faults: faultsOf(town.current.topology, courses) };
    },
    take: (line) => {
      if (!arc) return null;
      const courses = new Map([[arc.id, redraw(arc, line)]]);
      const fault = faultsOf(town.current.topology, courses)[0];
      if (fault) return say(`fault.${fault.kind}`);
      const middle = arc.line[Math.floor((arc.line.length - 1) / 2)]!;
      const next = arc.line[Math.floor((arc.line.length - 1) / 2) + 1]!;
      const at: Position = [(middle[0] + next[0]) / 2, (middle[1] + next[1]) / 2];
      void send({ op: 'move_border', at, line: courses.get(arc.id)! }).then(() => (arc = null));
      return null;
    },
  });
  return {
    move: (touch) => {
      if (arc) return sketch.move(touch);
      const near = nearestArc(town.current.topology.arcs.values(), touch.at);
      const hit = near && near.distance_m <= reach_m(touch) * 1.5 ? near : null;
      draft.set({ ...EMPTY, courses: hit ? new Map([[hit.arc.id, hit.arc.line]]) : new Map() });
    },
    click: (touch) => {
      if (arc) return sketch.click(touch);
      const near = nearestArc(town.current.topology.arcs.values(), touch.at);
      if (!near || near.distance_m > reach_m(touch) * 1.5) return remark.set(say('border.miss'));
      arc = near.arc;
      remark.set('');
      draft.set({ ...EMPTY, line: [near.arc.line[0]!] });
    },
    double: () => sketch.finish(),
    finish: () => sketch.finish(),
    back: () => {
      if (arc && draft.current.line.length > 1) return sketch.back();
      if (!arc) return false;
      arc = null;
      wipe();
      return true;
    },
  };
}

/** Splits the selected unit, or the one that the line goes through, along a drawn line. */
function splitTool(): Tool {
  const target = (line: Line): string | null => {
    if (selected.current[0]) return selected.current[0];
    const counts = new Map<string, number>();
    for (let i = 1; i < line.length; i++) {
      const middle: Position = [(line[i - 1]![0] + line[i]![0]) / 2, (line[i - 1]![1] + line[i]![1]) / 2];
      const unit = unitAt(middle);
      if (unit) counts.set(unit.id, (counts.get(unit.id) ?? 0) + distance_m(line[i - 1]!, line[i]!));
    }
    return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
  };
  const parts = (line: Line): readonly Polygon[] => {
    const unit = target(line);
    const found = unit && line.length > 1 ? divide(polygonsOf(unit), [line]) : [];
    return found.length > polygonsOf(unit ?? '').length ? found : [];
  };
  return new Sketch({
    isArea: false,
    preview: (line) => ({ parts: parts(line) }),
    take: (line) => {
      const unit = target(line);
      const found = parts(line);
      if (!unit || found.length < 2) return say('split.none');
      draft.set({ ...draft.current, parts: found });
      select(unit);
      proposal.set({ kind: 'split', unit, line, parts: found });
      return null;
    },
  });
}

function cutTool(): Tool {
  return new Sketch({
    isArea: true,
    begin: (at) => {
      const unit = unitAt(at);
      if (!unit) return say('cut.outside');
      select(unit.id);
      return null;
    },
    take: (ring) => {
      const unit = selected.current[0];
      if (!unit || ring.some((at) => !isIn(at, polygonsOf(unit)))) return say('cut.leaves');
      proposal.set({ kind: 'cut', unit, ring });
      return null;
    },
  });
}

/** Names the units that a drawn area takes something from. */
function takenFrom(ring: Line): string[] {
  const base = Math.max(0, ...[...town.current.units.values()].map((unit) => unit.level));
  const units = [...town.current.units.values()].filter((unit) => unit.level === base);
  return units.filter((unit) => within(unit.polygons, ring).length > 0).map((unit) => unit.id);
}

function drawTool(): Tool {
  return new Sketch({
    isArea: true,
    take: (ring) => {
      proposal.set({ kind: 'draw', ring, over: takenFrom(ring) });
      return null;
    },
  });
}

/** Hands a drawn piece of the selected unit to a neighbour. */
function transferTool(): Tool {
  return new Sketch({
    isArea: true,
    begin: (at) => {
      if (selected.current[0]) return null;
      const unit = unitAt(at);
      if (!unit) return say('transfer.choose');
      select(unit.id);
      return null;
    },
    preview: (line) => ({ parts: selected.current[0] && line.length > 2 ? within(polygonsOf(selected.current[0]), [...line, line[0]!]) : [] }),
    take: (ring) => {
      const from = selected.current[0];
      const parts = from ? within(polygonsOf(from), ring) : [];
      if (!from || !parts.length) return say('transfer.nothing');
      const to = town.current.topology.neighbours(from).filter((id) => town.current.units.has(id));
      draft.set({ ...draft.current, parts });
      proposal.set({ kind: 'transfer', from, ring, to, area_m2: areaOf_m2(parts) });
      return null;
    },
  });
}

/** Chooses units to be made one: by clicks, or by a lasso drawn while the button is held. */
function mergeTool(): Tool {
  let stroke: Position[] = [];
  let began: Touch | null = null;
  const offer = (): void => proposal.set(selected.current.length > 1 ? { kind: 'merge', units: selected.current } : null);
  return {
    down: (touch) => {
      began = touch;
      stroke = [touch.at];
      return true;
    },
    move: (touch) => {
      if (!began) return hover(touch);
      stroke.push(touch.at);
      draft.set({ ...EMPTY, stroke: [...stroke] });
    },
    up: (touch) => {
      const wasClick = !began || Math.hypot(touch.x - began.x, touch.y - began.y) < 6;
      const way = stroke;
      began = null;
      stroke = [];
      draft.set(EMPTY);
      if (wasClick && way.length < 8) return;
      const base = [...town.current.units.values()].filter((unit) => unit.level === Math.max(...[...town.current.units.values()].map((one) => one.level)));
      select(...lassoed(new Map(base.map((unit) => [unit.id, unit.polygons])), way));
      offer();
    },
    click: (touch) => {
      const unit = unitAt(touch.at);
      if (unit) toggle(unit.id);
      offer();
    },
    finish: offer,
  };
}

const MAKE: Readonly<Record<ToolName, () => Tool>> = {
  select: () => selecting,
  vertex: () => new VertexTool(),
  border: borderTool,
  split: splitTool,
  cut: cutTool,
  draw: drawTool,
  merge: mergeTool,
  transfer: transferTool,
};

let inHand: Tool = selecting;

export function theTool(): Tool {
  return inHand;
}

/** Takes another tool in hand; what was drawn with the old one and not finished is gone. */
export function take(name: ToolName): void {
  wipe();
  if (name !== 'select') void needPoints();
  if (name === 'merge' || name === 'draw') select(...(name === 'merge' ? selected.current : []));
  inHand = MAKE[name]();
  tool.set(name);
  if (name === 'merge' && selected.current.length > 1) proposal.set({ kind: 'merge', units: selected.current });
}

/** Leaves what is being drawn; a second time, the tool. */
export function escape(): void {
  const { line, stroke } = draft.current;
  const hadWork = line.length > 0 || stroke.length > 0 || proposal.current !== null;
  if (hadWork && tool.current === 'merge') select();
  if (hadWork) return take(tool.current);
  if (tool.current !== 'select') return take('select');
  select();
}
