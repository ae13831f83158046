import type { ExpressionSpecification, LayerSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { Language } from '../i18n';
import { GENERATED_MARKS } from '../geo/names';

export type LabelField = ExpressionSpecification;

// Without a glyph server the browser's own fonts draw every letter. MapLibre reads the weight from the
// first family only, so that one is a made-up name that carries the weight and falls through to the real ones.
const FAMILIES = ['PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC'];
export const REGULAR = ['Map Regular', ...FAMILIES];
export const MEDIUM = ['Map Medium', ...FAMILIES];
export const BOLD = ['Map Bold', ...FAMILIES];

/** Marks the layers whose text follows the language. */
export const NAMED = 'citygrid:named';

/** Returns the text of a name: in English mode the English name where there is one. */
export function nameField(language: Language): LabelField {
  const keys = language === 'zh' ? ['name', 'name_en'] : ['name_en', 'name'];
  const name: ExpressionSpecification = ['to-string', ['coalesce', ...keys.map((key): LabelField => ['get', key]), '']];
  return GENERATED_MARKS.reduce(without, name);
}

// Two thousand times "(generated)" would drown the map; panel, search and the note on the data say it.
function without(text: LabelField, mark: string): LabelField {
  return ['case', ['in', mark, text], ['slice', text, 0, ['index-of', mark, text]], text];
}

/** Returns the number of a grid inside its community, the last three digits of its code. */
export const gridNumber: LabelField = ['slice', ['to-string', ['get', 'code']], 12];

export interface LabelLook {
  readonly minzoom: number;
  readonly maxzoom?: number;
  /** zoom, pixels, zoom, pixels */
  readonly size: readonly [number, number, number, number];
  readonly colour: string;
  /** What to write instead of the name. */
  readonly text?: LabelField;
  readonly halo_px?: number;
  readonly font?: string[];
  readonly filter?: ExpressionSpecification;
  readonly layout?: SymbolLayerSpecification['layout'];
}

/** Returns a symbol layer that writes names. */
export function label(
  id: string,
  source: string,
  sourceLayer: string,
  field: LabelField,
  look: LabelLook,
): LayerSpecification {
  return {
    id,
    type: 'symbol',
    source,
    'source-layer': sourceLayer,
    metadata: { [NAMED]: look.text === undefined },
    minzoom: look.minzoom,
    ...(look.maxzoom === undefined ? {} : { maxzoom: look.maxzoom }),
    ...(look.filter ? { filter: look.filter } : {}),
    layout: {
      'text-field': look.text ?? field,
      'text-font': look.font ?? REGULAR,
      'text-size': ['interpolate', ['linear'], ['zoom'], ...look.size],
      ...look.layout,
    },
    paint: {
      'text-color': look.colour,
      'text-halo-color': 'rgba(255,255,255,0.92)',
      'text-halo-width': look.halo_px ?? 1.4,
    },
  };
}
