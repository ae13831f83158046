/** The layers the switcher knows, from bottom to top; everything else in the catalogue waits for its own kind. */
export const LAYER_NAMES = ['base', 'streets', 'communities', 'grids', 'components', 'places', 'events'] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

export const UNIT_LAYERS = ['streets', 'communities', 'grids'] as const;
export type UnitLayer = (typeof UNIT_LAYERS)[number];

export function isLayerName(name: string): name is LayerName {
  return (LAYER_NAMES as readonly string[]).includes(name);
}

export function isUnitLayer(name: string): name is UnitLayer {
  return (UNIT_LAYERS as readonly string[]).includes(name);
}

/** The zoom from which a layer is drawn. */
export const FIRST_ZOOM: Readonly<Record<LayerName, number>> = {
  base: 0,
  streets: 0,
  communities: 12,
  grids: 13,
  places: 14,
  components: 16,
  events: 0,
};

/** From this zoom on an event is a point of its own; below it tiles carry counts. */
export const SINGLE_EVENT_ZOOM = 14;

/** How the switcher and the map call the pictures of another platform: no layer of ours has such a name. */
export type PictureName = `+${string}`;

export const pictureName = (layer: string): PictureName => `+${layer}`;

/** Pictures that nobody has switched on are missing: they lie over the base map. */
export type Visibility = Readonly<Record<LayerName, boolean> & Partial<Record<PictureName, boolean>>>;

export const ALL_VISIBLE: Visibility = Object.fromEntries(LAYER_NAMES.map((name) => [name, true])) as Visibility;

/** Reads a remembered visibility; of ours what is missing or odd is visible, of others' pictures what is named. */
export function parseVisibility(text: string | null): Visibility {
  const said = (text ?? '').split(',');
  const shown = said.filter((name) => name.startsWith('+'));
  const all: string[] = [...LAYER_NAMES, ...shown];
  return Object.fromEntries(all.map((name) => [name, name.startsWith('+') || !said.includes(name)])) as Visibility;
}

/** Reads what a link says of these: `!` before what is off, `~` before a picture. */
export function linkedVisibility(link: string): Visibility {
  return parseVisibility(link.replace(/:\d+/g, '').replace(/(^|,)!/g, '$1').replace(/(^|,)~/g, '$1+'));
}

export function formatVisibility(visibility: Visibility): string {
  const said = Object.entries(visibility).filter(([name, shown]) => shown === name.startsWith('+'));
  return said.map(([name]) => name).join(',');
}
