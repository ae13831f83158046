/** The colours of the map, in one place so that style and legend can never disagree. */

export const BASE = {
  land: '#f4f2ed',
  water: '#bcd8e6',
  waterLine: '#a9cbdc',
  waterText: '#4d7f99',
  green: '#dbe8d0',
  building: '#e6e1d8',
  buildingLine: '#d3ccbf',
  roadCasing: '#ddd8cd',
  road: '#ffffff',
  mainRoad: '#fdf3d6',
  mainCasing: '#e3d3a6',
  motorway: '#f8dfa8',
  motorwayCasing: '#dcb96c',
  rail: '#b3afb5',
  text: '#5c6068',
  halo: '#ffffff',
} as const;

export const UNIT = {
  streets: '#3b4590',
  communities: '#5a68b4',
  grids: '#808cc6',
  selected: '#0f5ea8',
} as const;

/** The stages an event goes through, as a map reader tells them apart. */
export const STAGES = ['new', 'open', 'check', 'closed', 'dropped'] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_COLOUR: Readonly<Record<Stage, string>> = {
  new: '#d1402b',
  open: '#e58f12',
  check: '#2f7fd0',
  closed: '#6f9b83',
  dropped: '#6d7178',
};

/** Which states of the event life cycle make up a stage. */
export const STATES_OF_STAGE: Readonly<Record<Stage, readonly string[]>> = {
  new: ['reported', 'accepted', 'filed'],
  open: ['dispatched'],
  check: ['handled', 'verified'],
  closed: ['closed'],
  dropped: ['rejected', 'merged', 'cancelled'],
};

/** Finds the stage of a state; a state we have never heard of counts as being in hand. */
export function stageOf(state: string): Stage {
  return STAGES.find((stage) => STATES_OF_STAGE[stage].includes(state)) ?? 'open';
}

/** Risk levels are fixed by rule: red, orange, yellow, blue. */
export const RISKS = ['red', 'orange', 'yellow', 'blue'] as const;
export type Risk = (typeof RISKS)[number];

export const RISK_COLOUR: Readonly<Record<Risk, string>> = {
  red: '#cf3a32',
  orange: '#e8851c',
  yellow: '#e6bf1f',
  blue: '#3b82c4',
};

/** Reads a risk level, 1 (red) to 4 (blue); null when it is none of them. */
export function riskOf(level: unknown): Risk | null {
  return RISKS[Number(level) - 1] ?? null;
}

export const COMPONENT_COLOUR = '#5b6b7d';

/** Cluster classes: the least count of each, its colour and its radius in pixels seen close by. */
export const CLUSTERS = [
  { from: 1, colour: '#efb878', radius_px: 6 },
  { from: 10, colour: '#e79f58', radius_px: 10 },
  { from: 50, colour: '#db8041', radius_px: 13 },
  { from: 200, colour: '#c95c2f', radius_px: 17 },
  { from: 800, colour: '#ae4424', radius_px: 21 },
] as const;

/** A number is written into circles from this radius on; in smaller ones nobody could read it. */
export const LEAST_RADIUS_WITH_NUMBER_PX = 10;
