import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { isPicture, type City, type LayerInfo } from '../api/types';
import { formatLonLat } from '../geo/coordinates';
import { language, pick, pickName, t } from '../i18n';
import { pictureName } from '../map/layer-names';
import * as app from '../state/app';
import { reloadTiles } from '../state/camera';
import { Redraw } from '../state/value';
import { infoIcon, warnIcon } from './icons';
import { shared } from './shared';

/** Asks the page to open the note on the data. */
export const ABOUT_EVENT = 'citygrid-about';

/** The strip at the foot: what is shown, where the pointer is, whose data it is, and what failed. */
class StatusBar extends LitElement {
  static override readonly properties = { city: { attribute: false }, layers: { attribute: false } };
  static override readonly styles = [shared, css`
    :host {
      position: fixed;
      z-index: 2;
      right: 0;
      bottom: 0;
      left: 0;
      font-size: 12px;
    }
    .bar {
      display: flex;
      min-height: 30px;
      align-items: center;
      gap: 14px;
      padding: 0 12px;
      border-top: 1px solid rgb(22 33 44 / 0.08);
      background: var(--bar);
      color: var(--ink-2);
      white-space: nowrap;
    }
    .extent {
      overflow: hidden;
      min-width: 60px;
      flex: 0 1 auto;
      text-overflow: ellipsis;
    }
    .link {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      padding: 2px 4px;
      border: 0;
      border-radius: 4px;
      background: none;
      color: var(--accent);
    }
    .link:hover {
      text-decoration: underline;
    }
    .trouble {
      display: flex;
      align-items: center;
      gap: 6px;
      color: var(--bad);
    }
    .attribution {
      max-width: 60%;
      flex: none;
      white-space: normal;
    }
    .push {
      margin-left: auto;
    }
    .pointer {
      min-width: 168px;
      color: var(--ink-3);
      text-align: right;
    }
    .hovered {
      overflow: hidden;
      max-width: 240px;
      color: var(--ink);
      text-overflow: ellipsis;
    }
    .progress {
      position: absolute;
      top: -2px;
      right: 0;
      left: 0;
      overflow: hidden;
      height: 2px;
    }
    .progress::before {
      display: block;
      width: 30%;
      height: 100%;
      background: var(--accent);
      animation: slide 1.1s ease-in-out infinite;
      content: "";
    }
    @keyframes slide {
      from {
        transform: translateX(-100%);
      }
      to {
        transform: translateX(340%);
      }
    }
    @media (prefers-reduced-motion: reduce) {
      .progress::before {
        width: 100%;
        animation: none;
        opacity: 0.5;
      }
    }
    @media (max-width: 1100px) {
      .pointer,
      .hovered {
        display: none;
      }
    }
    @media (max-width: 640px) {
      .bar {
        height: auto;
        flex-wrap: wrap;
        justify-content: space-between;
        padding: 4px 10px;
        gap: 0 10px;
        font-size: 11px;
      }
      .extent {
        flex: 1 1 200px;
      }
      .attribution {
        width: 100%;
        max-width: none;
        margin: 0;
      }
      .zoom {
        display: none;
      }
    }
  `];

  declare city: City | null;
  declare layers: readonly LayerInfo[];

  constructor() {
    super();
    this.city = null;
    this.layers = [];
    new Redraw(this, app.visibility, app.zoom, app.pointer, app.hovered, app.busy, app.failedTiles, app.credits, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.city) return nothing;
    const extent = pick(this.city.extent_note, this.city.extent_note_en);
    return html`<footer class="bar" aria-label=${t('status.label')}>
      ${app.busy.current ? html`<div class="progress" role="progressbar" aria-label=${t('status.loadingTiles')}></div>` : nothing}
      <span class="extent" title=${extent}>${extent}</span>
      <button class="link" id="about" @click=${() => dispatchEvent(new Event(ABOUT_EVENT))}>
        ${infoIcon}${t('status.about')}
      </button>
      <span role="status" class="trouble">${this.#trouble()}</span>
      <span class="push hovered">${hoveredName()}</span>
      <span class="pointer mono">${app.pointer.current ? formatLonLat(app.pointer.current, 5) : ''}</span>
      <span class="zoom">${t('status.zoom', { zoom: app.zoom.current.toFixed(1) })}</span>
      <span class="attribution">${this.#attribution()}</span>
    </footer>`;
  }

  #trouble(): TemplateResult | typeof nothing {
    if (!app.failedTiles.current) return nothing;
    return html`${warnIcon}${t('status.tiles')}<button class="link" @click=${reloadTiles}>${t('app.retry')}</button>`;
  }

  // ODbL asks for the name where the map is, and whoever draws pictures for us for theirs and the number of the
  // review (审图号); the other sources stand in the note on the data. Texts of strangers: never markup.
  #attribution(): string {
    const osm = this.city?.sources.find((source) => /openstreetmap/i.test(source.title));
    const own = osm && `© OpenStreetMap contributors · ${osm.licence.replace(/\s*\d[\d.]*$/, '')}`;
    const shown = this.layers.filter((info) => isPicture(info) && app.visibility.current[pictureName(info.name)]);
    return [...new Set([own, ...shown.map((info) => info.attribution), ...app.credits.current])].filter(Boolean).join(' | ');
  }
}

function hoveredName(): string {
  const unit = app.hovered.current;
  return unit ? pickName(unit) : '';
}

customElements.define('cg-status-bar', StatusBar);
