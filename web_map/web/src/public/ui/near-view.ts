import { html, nothing, type TemplateResult } from 'lit';
import { isAbort } from '../../api/errors';
import { Redraw } from '../../state/value';
import { nearest, trouble, type Place } from '../api';
import { openingWords } from '../opening';
import { lookingFrom } from '../state/spot';
import { town } from '../state/town';
import { isWord, language, pick, plain, say } from '../words';
import { PublicElement } from './element';
import { goIcon } from './icons';
import './where-picker';

/** What is near a spot, nearest first, and whether it is open. */
export class NearView extends PublicElement {
  #kinds: readonly string[] = [];
  #places: readonly Place[] | null = null;
  #message = '';
  #busy = false;
  #asking: AbortController | null = null;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    new Redraw(this, town, language, lookingFrom);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    let before = '';
    this.#stop = lookingFrom.watch((spot) => {
      const at = spot ? `${spot.lon},${spot.lat}` : '';
      if (at !== before) void this.#look();
      before = at;
    });
    if (lookingFrom.current) void this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#asking?.abort();
  }

  protected override render(): TemplateResult {
    return html`<h1>${say('near.heading')}</h1>
      <section aria-label=${say('near.from')}>
        <cg-where-picker name="near" .spot=${lookingFrom} .places=${this.#places ?? []}></cg-where-picker>
      </section>
      ${this.#chips()}
      <div aria-live="polite" class="found">${this.#body()}</div>`;
  }

  #chips(): TemplateResult {
    const kinds = town.current?.kinds ?? [];
    return html`<div class="chips kinds" role="group" aria-label=${say('near.kinds')}>
      <button type="button" aria-pressed=${!this.#kinds.length} @click=${() => this.#choose(null)}>${say('near.all')}</button>
      ${kinds.map(
        (kind) => html`<button type="button" data-kind=${kind.key} aria-pressed=${this.#kinds.includes(kind.key)}
          @click=${() => this.#choose(kind.key)}>${pick({ zh: kind.title, en: kind.title_en })}</button>`,
      )}
    </div>`;
  }

  #body(): TemplateResult {
    if (this.#message) {
      return html`<p class="message bad" role="alert">${this.#message}
        <button type="button" class="plain" @click=${() => void this.#look()}>${say('app.retry')}</button></p>`;
    }
    if (!lookingFrom.current) return html`<p class="empty">${say('near.start')}</p>`;
    if (!this.#places) return html`<p class="empty">${say('app.loading')}</p>`;
    if (!this.#places.length) return html`<p class="empty">${say('near.none')}</p>`;
    const now = new Date();
    return html`<p class="count">${say('near.count', { n: this.#places.length })}</p>
      <ol class=${this.#busy ? 'places busy' : 'places'}>${this.#places.map((place, at) => this.#place(place, at, now))}</ol>`;
  }

  #place(place: Place, at: number, now: Date): TemplateResult {
    const name = plain(pick({ zh: place.name, en: place.name_en }));
    const state = place.is_open === null ? 'unknown' : place.is_open ? 'open' : 'closed';
    return html`<li>
      <span class="number" aria-hidden="true">${at + 1}</span>
      <h2>${name} ${place.generated ? html`<span class="badge" title=${say('near.demoHint')}>${say('near.demo')}</span>` : nothing}</h2>
      <strong class="far">${distance(place.distance_m)}</strong>
      <p class="line"><span class=${`state ${state}`}>${openingWords(place, now)}</span>
        ${place.hours_generated && place.opening_hours ? html`<span class="badge">${say('near.demoHours')}</span>` : nothing}</p>
      <p class="facts dim">${this.#facts(place)}</p>
      <a class="go" href=${directions(place, name)} aria-label=${say('near.goTo', { name })}>${goIcon} ${say('near.go')}</a>
    </li>`;
  }

  #facts(place: Place): string {
    const kind = town.current?.kinds.find((each) => each.key === place.kind);
    const [step, fee] = [`near.wheelchair.${place.wheelchair}`, `near.fee.${place.fee}`];
    const facts = [
      kind && !this.#kinds.length ? pick({ zh: kind.title, en: kind.title_en }) : '',
      isWord(step) ? say(step) : '',
      isWord(fee) ? say(fee) : '',
      plain(place.address ?? ''),
    ];
    return facts.filter(Boolean).join(' · ');
  }

  #choose(kind: string | null): void {
    this.#kinds = kind ? [kind] : [];
    this.requestUpdate();
    if (lookingFrom.current) void this.#look();
  }

  async #look(): Promise<void> {
    const spot = lookingFrom.current;
    this.#asking?.abort();
    if (!spot) return;
    const asking = (this.#asking = new AbortController());
    [this.#message, this.#busy] = ['', true];
    this.requestUpdate();
    try {
      this.#places = await nearest(spot, this.#kinds, asking.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.#message = trouble(error);
    }
    this.#busy = false;
    this.requestUpdate();
  }
}

const isApple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);

/** A link that opens the map program of the phone (RFC 5870); iOS has an address of its own for it. */
export function directions(place: Place, name: string): string {
  const at = `${place.lat.toFixed(6)},${place.lon.toFixed(6)}`;
  return isApple ? `maps:?daddr=${at}` : `geo:${at}?q=${at}(${encodeURIComponent(name)})`;
}

function distance(metres: number): string {
  return metres < 1000 ? `${metres} m` : `${(metres / 1000).toFixed(1)} km`;
}

customElements.define('cg-near-view', NearView);
