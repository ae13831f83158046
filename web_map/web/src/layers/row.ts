import { html, nothing, type TemplateResult } from 'lit';
import { isPicture } from '../api/types';
import { pick } from '../i18n';
import { FIRST_ZOOM, isLayerName } from '../map/layer-names';
import * as app from '../state/app';
import * as camera from '../state/camera';
import { client } from '../state/session';
import { cityIcon, warnIcon } from '../ui/icons';
import { cityLegend, citySample } from './city-legends';
import { settingsIcon, signPicture, signsPicture } from './sign-picture';
import * as store from './store';
import type { TreeLayer } from './types';
import { say } from './words';

/** The zooms at which a layer is drawn. */
export function zoomsOf(layer: TreeLayer): readonly [from: number, to: number] {
  if (isLayerName(layer.name)) return [FIRST_ZOOM[layer.name], 24];
  return [layer.look?.min_zoom ?? layer.min_zoom, layer.look?.max_zoom ?? 24];
}

/** Draws the picture beside a name. */
export function sample(layer: TreeLayer): TemplateResult {
  if (isLayerName(layer.name)) return citySample(layer.name);
  return isPicture(layer) ? html`<i class="ground"></i>` : signsPicture(layer.look?.signs ?? []);
}

/** Says how a layer does that is switched on; of one that is off, only from where it could be seen. */
export function badge(layer: TreeLayer): TemplateResult | typeof nothing {
  const [from, to] = zoomsOf(layer);
  if (app.zoom.current < from) return far(`≥ ${Math.ceil(from)}`, say('status.far', { zoom: Math.ceil(from) }));
  if (app.zoom.current >= to) return far(`< ${Math.floor(to)}`, say('status.near', { zoom: Math.floor(to) }));
  if (!store.isOn(layer)) return nothing;
  const status = store.statuses.current.get(layer.name);
  if (status?.state === 'failed') return failed(layer, status.reason);
  if (status?.state === 'loading') return html`<i class="spinner" role="img" aria-label=${say('status.loading')}></i>`;
  if (isStale(layer)) return stale(layer);
  return status?.state === 'empty' ? far(say('status.emptyShort'), say('status.empty')) : nothing;
}

const far = (text: string, title: string): TemplateResult => html`<span class="far" title=${title}>${text}</span>`;

function failed(layer: TreeLayer, reason: string): TemplateResult {
  const retry = (): void => store.retry(layer.name);
  return html`<button class="icon-button small bad" title=${say('status.failed', { reason })} aria-label=${say('status.retry', { name: store.titleOf(layer) })} @click=${retry}>${warnIcon}</button>`;
}

const isStale = ({ external }: TreeLayer): boolean => external?.state === 'failing';

function stale({ external }: TreeLayer): TemplateResult {
  const text = say('status.stale', { reason: external?.error ?? '' });
  return html`<span class="stale" role="img" title=${text} aria-label=${text}>${warnIcon}</span>`;
}

/** Draws the button that opens what can be set of a layer. */
export function moreButton(layer: TreeLayer, isOpen: boolean, turn: () => void): TemplateResult {
  const click = (): void => {
    store.forgive(layer.name);
    turn();
  };
  const label = say('layer.more', { name: store.titleOf(layer) });
  return html`<button class="icon-button small more ${isOpen ? 'open' : ''}" title=${label} aria-label=${label} aria-expanded=${isOpen ? 'true' : 'false'} @click=${click}>${settingsIcon}</button>`;
}

/** Draws what can be set of a layer, and its legend. */
export function details(layer: TreeLayer): TemplateResult {
  const opacity = Math.round(store.opacityOf(layer) * 100);
  const change = (event: Event): void => store.setOpacity(layer, Number((event.target as HTMLInputElement).value) / 100);
  return html`<div class="details">
    <label class="slide"><span>${say('layer.opacity')}</span>
      <input type="range" min="0" max="100" step="5" .value=${String(opacity)} @input=${change} /><output>${opacity}%</output>
    </label>
    ${isPicture(layer) ? nothing : html`<button class="link" @click=${() => void zoomTo(layer)}>${cityIcon}${say('layer.zoomTo')}</button>`}
    ${legend(layer)}
    ${layer.attribution ? html`<p class="note">${layer.attribution}</p>` : nothing}
  </div>`;
}

async function zoomTo(layer: TreeLayer): Promise<void> {
  try {
    const bbox = await client.extent(layer.name);
    if (bbox) camera.fit(bbox);
    else app.say(say('layer.nowhere'));
  } catch (error) {
    app.say(error instanceof Error ? error.message : String(error));
  }
}

/** Draws the legend of a layer; that of one that is not the city's own is asked for here. */
export function legend(layer: TreeLayer): TemplateResult | typeof nothing {
  if (isLayerName(layer.name)) return cityLegend(layer.name);
  if (isPicture(layer)) return nothing;
  void store.needLegend(layer.name);
  const found = store.legends.current.get(layer.name);
  if (found === 'failed') return html`<p class="note">${say('legend.failed')}</p>`;
  if (!found) return html`<i class="spinner"></i>`;
  // A single class says nothing that the row does not say.
  if (found.classes.length < 2) return nothing;
  return html`<ul class="legend ${found.classes.length > 3 ? 'two' : ''}">
    ${found.classes.map((each, at) => html`<li><span class="slot">${signPicture(found.signs[at]!)}</span>${pick(each.title, each.title_en)}</li>`)}
  </ul>`;
}
