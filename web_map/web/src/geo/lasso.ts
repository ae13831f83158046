import { along, distance_m, insidePoint, isIn, isInRing, length_m, segments, type Line, type MultiPolygon } from './plane';

/** A stroke whose ends come within this share of its length of each other is a loop. */
const CLOSED_SHARE = 0.3;
const STEPS = 8;

/** Tells whether a stroke was meant as a loop around something, not as a line through it. */
export function isLoop(stroke: Line): boolean {
  const [first, last] = [stroke[0], stroke.at(-1)];
  return stroke.length > 3 && !!first && !!last && distance_m(first, last) < CLOSED_SHARE * length_m(stroke);
}

/** Finds the units that a freehand stroke means: those inside a loop, or those a line passes through. */
export function lassoed(units: ReadonlyMap<string, MultiPolygon>, stroke: Line): string[] {
  const means = isLoop(stroke) ? inLoop([...stroke, stroke[0]!]) : passedBy(stroke);
  return [...units].filter(([, polygons]) => means(polygons)).map(([id]) => id);
}

function inLoop(ring: Line): (polygons: MultiPolygon) => boolean {
  return (polygons) => {
    const spots = polygons.map(insidePoint).filter((spot) => spot !== null);
    return spots.length > 0 && spots.every((spot) => isInRing(spot, ring));
  };
}

function passedBy(stroke: Line): (polygons: MultiPolygon) => boolean {
  const spots = segments(stroke).flatMap(([a, b]) => Array.from({ length: STEPS }, (_, step) => along(a, b, step / STEPS)));
  return (polygons) => spots.some((spot) => isIn(spot, polygons));
}
