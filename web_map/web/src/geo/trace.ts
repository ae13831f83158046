import { along, distance_m, keyOf, nearestOn, Plane, samePlace, segments, type Line, type Position } from './plane';

interface Edge {
  readonly to: string;
  readonly length_m: number;
}

interface Graph {
  readonly places: Map<string, Position>;
  readonly edges: Map<string, Edge[]>;
}

interface Spot {
  readonly a: Position;
  readonly b: Position;
  readonly share: number;
  readonly distance: number;
}

/** How near to a line the ends of a trace must lie. */
const ON_LINE_M = 3;

/**
 * Finds the shortest way along lines between two places that lie on them, both places included; null when the
 * lines do not join them, or only by a detour of more than `most_detour` times the straight distance.
 */
export function trace(lines: readonly Line[], from: Position, to: Position, most_detour = 8): Line | null {
  const graph = graphOf(lines);
  const start = attach(graph, from);
  const goal = attach(graph, to);
  if (!start || !goal || start === goal) return null;
  const way = shortest(graph, start, goal, most_detour * distance_m(from, to));
  return way?.map((key) => graph.places.get(key)!) ?? null;
}

function graphOf(lines: readonly Line[]): Graph {
  const graph: Graph = { places: new Map(), edges: new Map() };
  for (const [a, b] of lines.flatMap((line) => segments(line))) if (!samePlace(a, b)) join(graph, a, b);
  return graph;
}

function join(graph: Graph, a: Position, b: Position): void {
  const length_m = distance_m(a, b);
  for (const [from, to] of [[a, b], [b, a]] as const) {
    const key = keyOf(from);
    graph.places.set(key, from);
    graph.edges.set(key, [...(graph.edges.get(key) ?? []), { to: keyOf(to), length_m }]);
  }
}

/** Makes a place a node of the graph by joining it to the ends of the segment it lies on. */
function attach(graph: Graph, at: Position): string | null {
  if (graph.places.has(keyOf(at))) return keyOf(at);
  const best = nearestSpot(graph, at);
  if (!best) return null;
  const place = best.distance < 0.01 ? at : along(best.a, best.b, best.share);
  join(graph, place, best.a);
  join(graph, place, best.b);
  return keyOf(place);
}

function nearestSpot(graph: Graph, at: Position): Spot | null {
  const plane = new Plane(at);
  let best: Spot | null = null;
  for (const [key, edges] of graph.edges) {
    const a = graph.places.get(key)!;
    for (const { to } of edges) {
      const b = graph.places.get(to)!;
      const foot = nearestOn([0, 0], plane.toXY(a), plane.toXY(b));
      if (foot.distance <= (best?.distance ?? ON_LINE_M)) best = { a, b, ...foot };
    }
  }
  return best;
}

function shortest({ edges }: Graph, start: string, goal: string, limit_m: number): string[] | null {
  const costs = new Map([[start, 0]]);
  const before = new Map<string, string>();
  const open = new Set([start]);
  while (open.size) {
    const here = cheapest(open, costs);
    if (here === goal) return wayBack(before, goal);
    open.delete(here);
    for (const { to, length_m } of edges.get(here) ?? []) {
      const cost = costs.get(here)! + length_m;
      if (cost > limit_m || cost >= (costs.get(to) ?? Infinity)) continue;
      costs.set(to, cost);
      before.set(to, here);
      open.add(to);
    }
  }
  return null;
}

function cheapest(open: ReadonlySet<string>, costs: ReadonlyMap<string, number>): string {
  return [...open].reduce((best, one) => (costs.get(one)! < costs.get(best)! ? one : best));
}

function wayBack(before: ReadonlyMap<string, string>, goal: string): string[] {
  const way = [goal];
  for (let at = before.get(goal); at !== undefined; at = before.get(at)) way.push(at);
  return way.reverse();
}
