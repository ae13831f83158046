import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { DATUMS, datumLabel, formatLonLat, type LonLat } from '../../geo/coordinates';
import { language } from '../../i18n';
import * as app from '../../state/app';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { baseFails, baseMaps, chosenBase, shownBase } from '../state/base-maps';
import { chooseDatum, datum, inDatum, isShifted, learnShift, placeOf } from '../state/coordinates';
import { theMap } from '../tools/pointing';
import { goTo } from '../state/view';
import { say } from '../words';
import { panelStyles } from './panel-styles';

/** The strip at the foot of the map: where the pointer is, the way to coordinates, and whose map lies below. */
class MapFoot extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      position: fixed;
      z-index: 3;
      right: var(--right);
      bottom: var(--below);
      left: var(--left);
      font-size: 12px;
    }
    .strip {
      display: flex;
      min-height: 32px;
      align-items: center;
      padding: 2px 10px;
      border-top: 1px solid rgb(22 33 44 / 0.1);
      background: rgb(255 255 255 / 0.94);
      color: var(--ink-2);
      gap: 8px;
      white-space: nowrap;
    }
    form {
      display: flex;
      align-items: center;
      gap: 6px;
    }
    .strip select,
    .strip input {
      width: auto;
      min-height: 26px;
      padding: 0 6px;
      font-size: 12px;
    }
    .strip input {
      width: 176px;
    }
    output {
      min-width: 148px;
      font-variant-numeric: tabular-nums;
    }
    .credit {
      overflow: hidden;
      margin-left: auto;
      text-overflow: ellipsis;
    }
    .bad {
      color: var(--bad);
    }
    @media (max-width: 1250px) {
      output {
        display: none;
      }
    }
    @media (max-width: 720px) {
      form,
      output {
        display: none;
      }
      .strip {
        min-height: 22px;
        font-size: 11px;
      }
    }
  `];

  #trouble = '';

  constructor() {
    super();
    new Redraw(this, app.pointer, app.zoom, datum, isShifted, baseMaps, chosenBase, baseFails, language);
  }

  protected override render(): TemplateResult {
    const place = app.pointer.current ?? middle();
    const written = place && inDatum(place);
    return html`<div class="strip">
      <form @submit=${(event: SubmitEvent) => void this.#go(event)}>
        <select id="datum" aria-label=${say('coordinates.datum')} title=${say('coordinates.datum')} @change=${(event: Event) => this.#choose((event.target as HTMLSelectElement).value)}>
          ${DATUMS.map((one) => html`<option value=${one} ?selected=${one === datum.current}>${datumLabel(one)}</option>`)}
        </select>
        <input id="coordinates" name="coordinates" aria-label=${say('coordinates.go')} placeholder=${say('coordinates.hint')} autocomplete="off" spellcheck="false" />
        <button class="button slim" id="go-there">${say('coordinates.do')}</button>
      </form>
      <output id="pointer" class=${this.#trouble ? 'bad' : ''} role=${this.#trouble ? 'alert' : nothing}>${this.#trouble || (written ? formatLonLat(written) : '')}</output>
      ${credit()}
    </div>`;
  }

  #choose(next: string): void {
    chooseDatum(next);
    this.#trouble = '';
    const at = middle();
    if (at) void learnShift(at);
  }

  async #go(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('coordinates')).trim();
    const place = text ? await placeOf(text).catch(() => null) : null;
    this.#trouble = place ? '' : say('coordinates.none');
    this.requestUpdate();
    if (!place) return;
    goTo(place);
    theMap()?.city.mark(place, text);
  }

  protected override firstUpdated(): void {
    const at = middle();
    if (at) void learnShift(at);
  }
}

function again(): void {
  baseFails.set(false);
  theMap()?.showBase(shownBase());
}

function middle(): LonLat | null {
  const centre = theMap()?.city.native.getCenter();
  return centre ? { lon: centre.lng, lat: centre.lat } : null;
}

/** Whose map it is and under which number it was reviewed, as the law wants it beside the map. */
function credit(): TemplateResult {
  const base = shownBase();
  const words = base ? [base.attribution, base.review_number && say('base.review', { number: base.review_number })] : [offlineCredit()];
  const text = words.filter(Boolean).join(' · ');
  return html`${baseFails.current ? html`<span class="bad" id="base-fails" role="status">${say('base.fails')}</span><button class="button slim" id="base-again" @click=${again}>${say('again')}</button>` : nothing}
    <span class="credit" id="credit" title=${text}>${text}</span>`;
}

function offlineCredit(): string {
  const read = app.opened.current;
  const layer = read.state === 'ready' ? read.value.layers.find((one) => one.name === 'basemap') : undefined;
  return [say('base.offline'), layer?.attribution].filter(Boolean).join(' · ');
}

customElements.define('cg-map-foot', MapFoot);
