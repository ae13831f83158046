import { html, type PropertyValues, type TemplateResult } from 'lit';
import type { LonLat } from '../../geo/coordinates';
import type { Place } from '../api';
import { PublicMap } from '../map/public-map';
import type { Spot } from '../state/spot';
import { town } from '../state/town';
import { language, say } from '../words';
import { PublicElement } from './element';

/** The map, with the chosen spot and numbered places. It comes only when somebody asks for it. */
export class PublicMapElement extends PublicElement {
  static override properties = { spot: { attribute: false }, places: { attribute: false } };

  declare spot: Spot | null;
  declare places: readonly Place[];
  #map: PublicMap | null = null;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    this.spot = null;
    this.places = [];
  }

  protected override render(): TemplateResult {
    return html`<div class="map" id="map-here"></div>
      <p class="map-foot"><span>${say('where.tapMap')}</span><span>${town.current?.attribution[0] ?? ''}</span></p>`;
  }

  protected override firstUpdated(): void {
    const bbox = town.current?.bbox;
    const container = this.querySelector<HTMLElement>('.map');
    if (!bbox || !container) return;
    this.#map = new PublicMap(container, bbox, {
      chosen: (point: LonLat) => this.dispatchEvent(new CustomEvent('chosen', { detail: point })),
      ready: () => this.setAttribute('data-ready', '1'),
    });
    this.#stop = language.watch(() => this.#map?.tellLanguage());
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('spot')) this.#map?.show(this.spot);
    if (changed.has('places')) this.#map?.number(this.places);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#map?.remove();
    this.#map = null;
  }
}

customElements.define('cg-public-map', PublicMapElement);
