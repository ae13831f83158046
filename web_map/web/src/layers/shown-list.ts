import { html, nothing, type TemplateResult } from 'lit';
import { isPicture } from '../api/types';
import { isLayerName, LAYER_NAMES } from '../map/layer-names';
import { chevronIcon, closeIcon } from '../ui/icons';
import { badge, details, legend, moreButton, sample } from './row';
import * as store from './store';
import type { TreeLayer } from './types';
import { say } from './words';

/** With so many added layers their legends stand open. */
const FEW = 8;

/** Draws what is on the map, from top to bottom: what was added, in its order, then pictures, then the city's own. */
export function shownList(layers: readonly TreeLayer[], more: string, turnMore: (name: string) => void): TemplateResult {
  const known = new Map(layers.map((layer) => [layer.name, layer]));
  const added = store.own.current.shown.flatMap(({ name }) => known.get(name) ?? []);
  const city = [...LAYER_NAMES].reverse().flatMap((name) => known.get(name) ?? []).filter(store.isOn);
  const pictures = layers.filter((layer) => isPicture(layer) && store.isOn(layer)).reverse();
  const row = (layer: TreeLayer, at = -1): TemplateResult =>
    html`${head(layer, added, at, more === layer.name, () => turnMore(layer.name))}${more === layer.name ? details(layer) : under(layer, added.length <= FEW)}`;
  if (!added.length && !city.length && !pictures.length) return html`<p class="note">${say('shown.none')}</p>`;
  return html`${added.length
      ? html`<h3>${say('shown.added')}</h3>
          ${added.length > 1 ? html`<p class="note">${say('shown.order')}</p>` : nothing}${added.map(row)}`
      : nothing}
    ${city.length || pictures.length ? html`<h3>${say('shown.city')}</h3>${[...city, ...pictures].map((layer) => row(layer))}` : nothing}
    ${added.length || pictures.length ? html`<div class="bottom"><button class="button" @click=${store.clearAll}>${say('shown.clear')}</button></div>` : nothing}`;
}

function head(layer: TreeLayer, added: readonly TreeLayer[], at: number, open: boolean, turn: () => void): TemplateResult {
  const name = store.titleOf(layer);
  const move = (to: TreeLayer | undefined): void => void (to && store.move(layer.name, to.name));
  const [above, below] = [added[at - 1], added[at + 1]];
  return html`<div class="row leaf shown" data-name=${layer.name}>
    <span class="sample">${sample(layer)}</span><span class="name grow">${name}</span>${badge(layer)}
    ${at < 0 || added.length < 2
      ? nothing
      : html`<span class="moves">
          <button class="icon-button small up" ?disabled=${!above} title=${say('layer.up', { name })} aria-label=${say('layer.up', { name })} @click=${() => move(above)}>${chevronIcon}</button>
          <button class="icon-button small" ?disabled=${!below} title=${say('layer.down', { name })} aria-label=${say('layer.down', { name })} @click=${() => move(below)}>${chevronIcon}</button>
        </span>`}
    ${moreButton(layer, open, turn)}
    <button class="icon-button small" title=${say('layer.off', { name })} aria-label=${say('layer.off', { name })} @click=${() => store.turn([layer], false)}>${closeIcon}</button>
  </div>`;
}

// Of many layers the legends would hide the list: they are then where the settings are.
function under(layer: TreeLayer, ofFew: boolean): TemplateResult | typeof nothing {
  const hasMany = (layer.look?.signs.length ?? 0) > 1;
  const found = isLayerName(layer.name) || (ofFew && hasMany) ? legend(layer) : nothing;
  return found === nothing ? nothing : html`<div class="under">${found}</div>`;
}
