import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { opened } from '../../state/app';
import { language } from '../../i18n';
import { CityMap } from '../../map/create';
import { buildStyle } from '../../map/style';
import { ALL_VISIBLE, UNIT_LAYERS } from '../../map/layer-names';
import { Redraw } from '../../state/value';
import { layBaseMap } from '../map/base-picture';
import { baseMaps, chosenBase, shownBase } from '../state/base-maps';
import { comparing } from '../state/compare';
import { theMap } from '../tools/pointing';
import { say } from '../words';

// The ground looks the same on both sides of the edge.
const UNIT_FILLS = new Set<string>(UNIT_LAYERS.map((name) => `${name}-fill`));
const QUIET = () => undefined;

/** What is in force, laid over the left part of the plan; the slider moves the edge between them. */
class SwipeMap extends LitElement {
  static override readonly styles = css`
    input {
      position: fixed;
      z-index: 4;
      top: 80px;
      left: calc(var(--left) + 110px);
      width: calc(100vw - var(--left) - var(--right) - 140px);
      accent-color: var(--accent);
    }
    input:focus-visible {
      outline: 2px solid var(--accent);
      outline-offset: 4px;
      border-radius: 6px;
    }
    p {
      position: fixed;
      z-index: 4;
      top: 104px;
      display: flex;
      width: calc(100vw - var(--left) - var(--right) - 140px);
      justify-content: space-between;
      margin: 0;
      left: calc(var(--left) + 110px);
      pointer-events: none;
    }
    span {
      padding: 2px 8px;
      border-radius: 6px;
      background: rgb(255 255 255 / 0.9);
      font: 13px/1.5 var(--sans);
    }
  `;

  #map: CityMap | null = null;
  #element: HTMLElement | null = null;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    new Redraw(this, comparing, language);
    comparing.watch((on) => (on ? this.#start() : this.#end()));
    for (const value of [baseMaps, chosenBase]) value.watch(() => this.#lay());
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!comparing.current) return nothing;
    return html`<input type="range" min="0" max="100" value="50" id="swipe-edge" aria-label=${say('swipe.label')} @input=${(event: InputEvent) => this.#cut(Number((event.target as HTMLInputElement).value))} />
      <p><span>${say('swipe.before')}</span><span>${say('swipe.after')}</span></p>`;
  }

  #start(): void {
    const other = theMap()?.city.native;
    const read = opened.current;
    if (this.#map || !other || read.state !== 'ready') return;
    const { city, home, layers } = read.value;
    this.#element = document.createElement('div');
    this.#element.id = 'map-before';
    document.getElementById('map')!.after(this.#element);
    const shown = layers.filter((layer) => ['streets', 'communities', 'grids'].includes(layer.name));
    const whole = buildStyle(shown, language.current, ALL_VISIBLE, location.origin);
    const style = { ...whole, layers: whole.layers.filter((layer) => !UNIT_FILLS.has(layer.id)) };
    const options = { container: this.#element, style, bounds: home, around: city.bbox, label: say('swipe.before'), padding_px: { top: 0, right: 0, bottom: 0, left: 0 } };
    this.#map = new CityMap(options, { onClick: QUIET, onHover: QUIET, onPointer: QUIET, onMove: QUIET, onBusy: QUIET, onError: QUIET, onReady: QUIET });
    this.#follow(other);
    this.#lay();
    this.#cut(50);
  }

  #lay(): void {
    const map = this.#map;
    map?.whenStyled(() => layBaseMap(map.native, shownBase()));
  }

  #follow(other: CityMap['native']): void {
    const mine = this.#map!.native;
    const move = (): void => void mine.jumpTo({ center: other.getCenter(), zoom: other.getZoom() });
    other.on('move', move);
    move();
    this.#stop = () => void other.off('move', move);
  }

  #cut(share: number): void {
    if (this.#element) this.#element.style.setProperty('clip-path', `inset(0 ${100 - share}% 0 0)`);
  }

  #end(): void {
    this.#stop?.();
    this.#map?.remove();
    this.#element?.remove();
    this.#map = null;
    this.#element = null;
  }
}

customElements.define('cg-swipe-map', SwipeMap);
