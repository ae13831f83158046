import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { isPicture, type LayerInfo } from '../api/types';
import { language, pick, t } from '../i18n';
import { FIRST_ZOOM, LAYER_NAMES, pictureName, SINGLE_EVENT_ZOOM, type LayerName, type PictureName } from '../map/layer-names';
import { CLUSTERS, RISKS, STAGES } from '../map/palette';
import * as app from '../state/app';
import { Redraw } from '../state/value';
import { chevronIcon, layersIcon } from './icons';
import { shared } from './shared';
import { swatches } from './swatches';

/** The layer switcher, which is the legend as well. */
class LayerPanel extends LitElement {
  static override readonly properties = { layers: { attribute: false }, open: { type: Boolean, reflect: true } };
  static override readonly styles = [shared, ...swatches, css`
    :host {
      display: flex;
      min-height: 0;
    }
    .card {
      display: flex;
      min-height: 0;
      flex-direction: column;
      overflow: hidden;
    }
    :host([open]) .card {
      width: 224px;
    }
    .toggle {
      display: flex;
      min-height: 40px;
      flex: none;
      align-items: center;
      gap: 8px;
      padding: 0 12px;
      border: 0;
      background: none;
      font-weight: 600;
      text-align: left;
    }
    .toggle svg:last-child {
      margin-left: auto;
      color: var(--ink-3);
      transition: transform 0.15s;
    }
    :host([open]) .toggle svg:last-child {
      transform: rotate(180deg);
    }
    .list {
      overflow: auto;
      padding: 0 6px 8px;
    }
    label {
      display: flex;
      min-height: 32px;
      align-items: center;
      gap: 9px;
      padding: 0 6px;
      border-radius: 7px;
      cursor: pointer;
    }
    label:hover {
      background: var(--surface-2);
    }
    input {
      width: 15px;
      height: 15px;
      margin: 0;
      accent-color: var(--accent);
    }
    .sample {
      display: grid;
      width: 20px;
      flex: none;
      place-items: center;
    }
    .far {
      margin-left: auto;
      color: var(--ink-3);
      font-size: 11px;
    }
    .legend {
      display: grid;
      padding: 2px 6px 6px 30px;
      color: var(--ink-2);
      font-size: 12px;
      gap: 3px 10px;
      grid-template-columns: 1fr 1fr;
    }
    .legend.wide {
      grid-template-columns: 1fr;
    }
    .legend li {
      display: flex;
      min-height: 20px;
      align-items: center;
      gap: 7px;
    }
    .legend .slot {
      display: grid;
      width: 28px;
      place-items: center;
    }
    @media (max-width: 640px) {
      :host(:not([open])) .toggle {
        width: 44px;
        min-height: 44px;
        justify-content: center;
        padding: 0;
      }
      :host(:not([open])) .toggle .text,
      :host(:not([open])) .toggle svg:last-child {
        display: none;
      }
    }
  `];

  declare layers: readonly LayerInfo[];
  declare open: boolean;

  constructor() {
    super();
    this.layers = [];
    this.open = !matchMedia('(max-width: 640px)').matches;
    new Redraw(this, app.visibility, app.zoom, language);
  }

  protected override render(): TemplateResult {
    return html`<section class="card">
      <button
        class="toggle"
        aria-expanded=${this.open ? 'true' : 'false'}
        aria-label=${t('layers.toggle')}
        @click=${() => (this.open = !this.open)}
      >
        ${layersIcon}<span class="text">${t('layers.heading')}</span>${chevronIcon}
      </button>
      ${this.open ? html`<div class="list" role="group" aria-label=${t('layers.heading')}>${this.#rows()}</div>` : nothing}
    </section>`;
  }

  // The list reads from top to bottom as the map is stacked.
  #rows(): TemplateResult[] {
    const published = new Set(this.layers.map((layer) => layer.name));
    const [base, ...others] = LAYER_NAMES;
    const ours = others.filter((name) => published.has(name)).reverse();
    const pictures = this.layers.filter(isPicture).reverse();
    return [...ours.map((name) => this.#ours(name)), ...pictures.map(pictureRow), this.#ours(base)];
  }

  #ours(name: LayerName): TemplateResult {
    return row(name, this.#title(name), FIRST_ZOOM[name], name);
  }

  #title(name: LayerName): string {
    const info = this.layers.find((layer) => layer.name === name);
    return info ? pick(info.title, info.title_en) : t(`layers.${name}`);
  }
}

function pictureRow(info: LayerInfo): TemplateResult {
  return row(pictureName(info.name), pick(info.title, info.title_en), info.min_zoom);
}

function row(name: LayerName | PictureName, title: string, from: number, ours?: LayerName): TemplateResult {
  const shown = !!app.visibility.current[name];
  const far = app.zoom.current < from;
  const change = (event: Event): void => app.setLayerVisible(name, (event.target as HTMLInputElement).checked);
  return html`<label>
      <input type="checkbox" name=${name} .checked=${shown} @change=${change} />
      <span class="sample">${sample(ours ?? 'base')}</span>
      <span class=${far ? 'muted' : ''}>${title}</span>
      ${far ? tooFar(from) : nothing}
    </label>
    ${ours && shown && !far ? legend(ours) : nothing}`;
}

function tooFar(zoom: number): TemplateResult {
  return html`<span class="far" title=${t('layers.zoomIn', { zoom })}>≥ ${zoom}</span>`;
}

function sample(name: LayerName): TemplateResult {
  if (name === 'base') return html`<i class="ground"></i>`;
  if (name === 'events') return html`<i class="dot new"></i>`;
  if (name === 'places') return html`<i class="dot place risk-blue"></i>`;
  return name === 'components' ? html`<i class="dot component"></i>` : html`<i class="line ${name}"></i>`;
}

function legend(name: LayerName): TemplateResult | typeof nothing {
  if (name === 'places') {
    return html`<ul class="legend">
      ${RISKS.map((risk) => html`<li><i class="dot place risk-${risk}"></i>${t(`risk.${risk}`)}</li>`)}
    </ul>`;
  }
  if (name !== 'events') return nothing;
  return app.zoom.current < SINGLE_EVENT_ZOOM ? clusterLegend() : stageLegend();
}

function stageLegend(): TemplateResult {
  return html`<ul class="legend">
    ${STAGES.map((stage) => html`<li><i class="dot ${stage}"></i>${t(`state.${stage}`)}</li>`)}
  </ul>`;
}

function clusterLegend(): TemplateResult {
  return html`<ul class="legend wide" title=${t('layers.clusterHint')}>
    ${CLUSTERS.map(({ from }, index) => {
      const next = CLUSTERS[index + 1]?.from;
      const range = next ? t('layers.clusters', { few: from, many: next - 1 }) : t('layers.biggest', { few: from });
      return html`<li><span class="slot"><i class="cluster cluster-${index}"></i></span>${range}</li>`;
    })}
  </ul>`;
}

customElements.define('cg-layer-panel', LayerPanel);
