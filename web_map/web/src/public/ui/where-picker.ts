import { html, nothing, type TemplateResult } from 'lit';
import { formatLonLat, type LonLat } from '../../geo/coordinates';
import { Redraw, type Value } from '../../state/value';
import { find, spotOf, trouble, type Found, type Place } from '../api';
import { myPosition, type Spot } from '../state/spot';
import { language, pick, plain, say } from '../words';
import { PublicElement } from './element';
import { locateIcon, mapIcon, pinIcon, searchIcon } from './icons';

/** Asks where: by the position of the phone (only on a tap), by an address, or on the map. */
export class WherePicker extends PublicElement {
  static override properties = { open: { state: true }, name: {}, checks: { attribute: false }, spot: { attribute: false }, places: { attribute: false } };

  declare name: string;
  declare spot: Value<Spot | null>;
  /** What the map shows beside the spot, nearest first. */
  declare places: readonly Place[];
  declare open: boolean;
  /** Whether a spot outside the city is one to warn of: reports from there are not taken. */
  declare checks: boolean;
  #results: readonly Found[] | null = null;
  #asked = '';
  #message = '';
  #busy = false;
  #outside = false;
  #withMap = false;
  #redraw: Redraw | null = null;
  #turn = 0;

  constructor() {
    super();
    this.places = [];
    this.open = false;
    this.checks = false;
  }

  override connectedCallback(): void {
    this.#redraw ??= new Redraw(this, this.spot, language);
    super.connectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<div class="where">
      ${this.spot.current && !this.open ? this.#chosen(this.spot.current) : this.#choice()}
      <p class="message" role="status" ?hidden=${!this.#message}>${this.#message}</p>
      ${this.#outside ? html`<p class="message bad" role="alert">${say('where.outside')}</p>` : nothing}
      ${this.#withMap ? this.#map() : nothing}
    </div>`;
  }

  #chosen(spot: Spot): TemplateResult {
    const accuracy = spot.accuracy_m ? say('where.accuracy', { m: spot.accuracy_m }) : '';
    return html`<div class="chosen">
      ${pinIcon}
      <span class="grow">
        <strong>${this.#title(spot)}</strong>
        <small>${[spot.by === 'position' ? say('where.mySpot') : '', accuracy].filter(Boolean).join(' · ')}</small>
      </span>
      <button type="button" class="plain" @click=${() => this.#reopen()}>${say('where.change')}</button>
    </div>`;
  }

  #choice(): TemplateResult {
    return html`<div class="ways">
        <button type="button" class="wide" ?disabled=${this.#busy} @click=${() => void this.#mine()}>
          ${locateIcon} ${this.#busy ? say('where.busy') : say('where.mine')}
        </button>
        <button type="button" class="wide" aria-expanded=${this.#withMap} @click=${() => this.#toggleMap()}>
          ${mapIcon} ${this.#withMap ? say('where.hideMap') : say('where.onMap')}
        </button>
      </div>
      <div class="find" role="search" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        <label class="sr" for=${`${this.name}-q`}>${say('where.search')}</label>
        <input id=${`${this.name}-q`} type="search" maxlength="100" autocomplete="off" enterkeyhint="search"
          placeholder=${say('where.search')} />
        <button type="button" aria-label=${say('where.find')} @click=${() => void this.#find()}>${searchIcon}</button>
      </div>
      ${this.#list()}`;
  }

  #list(): TemplateResult | typeof nothing {
    if (!this.#results) return nothing;
    if (!this.#results.length) return html`<p class="message" role="status">${say('where.none', { q: this.#asked })}</p>`;
    return html`<ul class="results" aria-label=${say('where.results')}>
      ${this.#results.map(
        (each) => html`<li>
          <button type="button" class="row" @click=${() => this.#take(each)}>
            ${plain(pick({ zh: each.title, en: each.title_en }))}
            ${each.generated ? html`<span class="badge">${say('where.demo')}</span>` : nothing}
          </button>
        </li>`,
      )}
    </ul>`;
  }

  #map(): TemplateResult {
    return html`<cg-public-map .spot=${this.spot.current} .places=${this.places}
      @chosen=${(event: CustomEvent<LonLat>) => void this.#tapped(event.detail)}></cg-public-map>`;
  }

  #title(spot: Spot): string {
    if (spot.title) return plain(pick({ zh: spot.title, en: spot.title_en }));
    return `${say('where.here')} ${formatLonLat(spot, 4)}`;
  }

  #reopen(): void {
    this.open = true;
    this.#message = '';
    this.#results = null;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('button')?.focus());
  }

  #toggleMap(): void {
    this.#withMap = !this.#withMap;
    this.requestUpdate();
    if (this.#withMap) void import('./public-map').catch(() => this.#say(say('app.partMissing')));
  }

  async #mine(): Promise<void> {
    this.#busy = true;
    this.#say('');
    try {
      await this.#settle(await myPosition());
    } catch (code) {
      this.#say(code === 1 ? say('where.denied') : say('where.unavailable'));
    } finally {
      this.#busy = false;
      this.requestUpdate();
    }
  }

  // No form of its own: it may stand in one already, which Enter must not send.
  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (!event.isComposing) void this.#find();
  }

  async #find(): Promise<void> {
    const text = this.querySelector<HTMLInputElement>('input[type=search]')?.value.trim();
    if (!text) return;
    const turn = (this.#turn += 1);
    this.#say('');
    try {
      const results = await find(text);
      if (turn !== this.#turn) return;
      [this.#results, this.#asked] = [results, text];
    } catch (error) {
      this.#results = null;
      this.#say(trouble(error));
    }
    this.requestUpdate();
  }

  #take(found: Found): void {
    const { lon, lat, title, title_en } = found;
    this.#results = null;
    void this.#settle({ lon, lat, by: 'search', title, title_en, accuracy_m: null });
  }

  #tapped({ lon, lat }: LonLat): Promise<void> {
    return this.#settle({ lon, lat, by: 'map', title: null, title_en: null, accuracy_m: null });
  }

  /** Takes a spot, then asks what is near it and whether it lies in the city. */
  async #settle(spot: Spot): Promise<void> {
    const turn = (this.#turn += 1);
    this.open = false;
    this.#outside = false;
    this.spot.set(spot);
    try {
      const told = await spotOf(spot);
      if (turn !== this.#turn) return;
      this.#outside = this.checks && !told.inside;
      if (told.address && !spot.title) {
        const title = { zh: `${told.address}附近`, en: `Near ${told.address}` };
        this.spot.set({ ...spot, title: title.zh, title_en: title.en });
      }
    } catch {
      // The spot stands without a name; the server checks it again with the report.
    }
    this.requestUpdate();
  }

  #say(message: string): void {
    this.#message = message;
    this.requestUpdate();
  }
}

customElements.define('cg-where-picker', WherePicker);
