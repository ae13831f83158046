import { css, html, LitElement, type TemplateResult } from 'lit';
import type { LayerInfo } from '../api/types';
import { language, t } from '../i18n';
import { readLayers } from '../state/hash';
import { Redraw } from '../state/value';
import { chevronIcon, layersIcon } from './icons';
import { loadLayers } from './later';
import { shared } from './shared';

/** The panel of the layers: its head; the tree itself comes later, when it is looked at or something waits for it. */
class LayerPanel extends LitElement {
  static override readonly properties = { layers: { attribute: false }, open: { type: Boolean, reflect: true } };
  static override readonly styles = [shared, css`
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
      width: min(300px, 100vw - 16px);
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
    cg-layer-tree:not(:defined) {
      min-height: 300px;
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
    if (this.open || readLayers(location.hash) || localStorage.getItem('citygrid.layers')) void loadLayers();
    new Redraw(this, language);
  }

  protected override render(): TemplateResult {
    return html`<section class="card">
      <button
        class="toggle"
        aria-expanded=${this.open ? 'true' : 'false'}
        aria-label=${t('layers.toggle')}
        @click=${() => this.#turn()}
      >
        ${layersIcon}<span class="text">${t('layers.heading')}</span>${chevronIcon}
      </button>
      <cg-layer-tree .layers=${this.layers} .open=${this.open} role="group" aria-label=${t('layers.heading')}></cg-layer-tree>
    </section>`;
  }

  #turn(): void {
    this.open = !this.open;
    void loadLayers();
  }
}

customElements.define('cg-layer-panel', LayerPanel);
