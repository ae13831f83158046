// Reads {style, zoom, features} and tells what MapLibre's own style specification says of it: the errors of
// the style and, for each feature, the style layers that draw it with their evaluated values.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { createPropertyExpression, featureFilter, latest, validateStyleMin } = await import(pathToFileURL(process.argv[2]));
const { style, zoom, features } = JSON.parse(readFileSync(0, 'utf8'));
const TYPES = { Point: 1, LineString: 2, Polygon: 3 };

function plain(value) {
  if (value?.constructor?.name === 'Color') return value.toString();
  if (value?.sections) return value.sections.map((section) => section.text).join('');
  return value?.name ?? value;
}

function evaluated(layer, group, feature) {
  const spec = latest[`${group}_${layer.type}`];
  const found = {};
  for (const [name, value] of Object.entries(layer[group] ?? {})) {
    const made = createPropertyExpression(value, name, spec[name]);
    found[name] = Array.isArray(value) && made.result === 'success' ? plain(made.value.evaluate({ zoom }, feature)) : value;
  }
  return found;
}

function drawn({ geometry, properties }) {
  const feature = { type: TYPES[geometry], properties, geometry: [] };
  return style.layers
    .filter((layer) => !layer.filter || featureFilter(layer.filter, 'filter').filter({ zoom }, feature))
    .filter((layer) => layer.type !== 'background')
    .map((layer) => ({ id: layer.id, ...evaluated(layer, 'layout', feature), ...evaluated(layer, 'paint', feature) }));
}

const errors = validateStyleMin(style).map((error) => error.message);
process.stdout.write(JSON.stringify({ errors, drawn: errors.length ? [] : features.map(drawn) }));
