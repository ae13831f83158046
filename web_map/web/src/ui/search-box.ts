import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { isAbort } from '../api/errors';
import type { City, SearchAnswer, SearchResult } from '../api/types';
import { DATUMS, datumLabel, isDatum, type Datum } from '../geo/coordinates';
import { isMessageKey, language, pick, pickName, t } from '../i18n';
import * as app from '../state/app';
import { goTo } from '../state/camera';
import { client } from '../state/session';
import { Redraw } from '../state/value';
import { closeIcon, infoIcon, markIcon, searchIcon } from './icons';
import { searchStyles } from './search-styles';
import { shared } from './shared';

/** Typing pauses longer than this ask the server. */
const PAUSE_MS = 220;

/** One box for codes, names, addresses and coordinates: a combobox over the server's search. */
class SearchBox extends LitElement {
  static override readonly properties = { city: { attribute: false } };
  static override readonly styles = [shared, searchStyles];

  declare city: City | null;
  #text = '';
  #datum: Datum = 'wgs84';
  #answer: app.Loadable<SearchAnswer> | null = null;
  #open = false;
  #active = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;

  constructor() {
    super();
    this.city = null;
    new Redraw(this, language);
    this.addEventListener('focusout', (event) => this.#leave(event));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  protected override render(): TemplateResult {
    return html`<search class="card">
        <div class="brand">
          ${markIcon}
          <div>
            <h1>${pick(this.city?.name, this.city?.name_en) || t('app.title')}</h1>
            <p>${t('app.title')} · ${t('app.subtitle')}</p>
          </div>
        </div>
        <form @submit=${(event: SubmitEvent) => void this.#submit(event)}>
          ${searchIcon}${this.#input()}${this.#clearButton()}${this.#datumSelect()}
        </form>
      </search>
      ${this.#open && this.#answer ? html`<div class="card results"><div class="scroll">${this.#list(this.#answer)}</div></div>` : nothing}
      <div class="visually-hidden" role="status" aria-live="polite">${this.#spoken()}</div>`;
  }

  #input(): TemplateResult {
    const expanded = this.#open && this.#results().length > 0;
    return html`<input
      id="search"
      role="combobox"
      type="text"
      autocomplete="off"
      spellcheck="false"
      enterkeyhint="search"
      aria-label=${t('search.label')}
      aria-autocomplete="list"
      aria-controls="results"
      aria-expanded=${expanded ? 'true' : 'false'}
      aria-activedescendant=${this.#active >= 0 ? `result-${this.#active}` : nothing}
      placeholder=${t('search.placeholder')}
      .value=${this.#text}
      @input=${(event: InputEvent) => this.#type((event.target as HTMLInputElement).value)}
      @focus=${() => this.#set({ open: this.#text !== '' })}
      @keydown=${(event: KeyboardEvent) => this.#key(event)}
    />`;
  }

  #clearButton(): TemplateResult | typeof nothing {
    if (!this.#text) return nothing;
    return html`<button type="button" class="icon-button" aria-label=${t('search.clear')} @click=${() => this.#clear()}>
      ${closeIcon}
    </button>`;
  }

  #datumSelect(): TemplateResult {
    const change = (event: Event): void => {
      const value = (event.target as HTMLSelectElement).value;
      if (isDatum(value)) this.#datum = value;
      if (this.#text) void this.#ask();
    };
    return html`<select id="datum" aria-label=${t('search.datum')} title=${t('search.datum')} @change=${change}>
      ${DATUMS.map((datum) => html`<option value=${datum} ?selected=${datum === this.#datum}>${datumLabel(datum)}</option>`)}
    </select>`;
  }

  #list(answer: app.Loadable<SearchAnswer>): TemplateResult {
    if (answer.state === 'loading') return html`<div class="note"><i class="spinner"></i> ${t('search.busy')}</div>`;
    if (answer.state === 'failed') {
      return html`<div class="note bad">${t('search.failed', { reason: answer.reason })}</div>`;
    }
    const { query_kind: kind, datum, results } = answer.value;
    if (results.length === 0) {
      return html`<div class="note">${t('search.empty', { q: this.#text })}<p>${t('search.emptyHint')}</p></div>`;
    }
    return html`
      ${kind === 'coordinates'
        ? html`<div class="assumed">${infoIcon}${t('search.assumed', { datum: datumLabel(datum) })}</div>`
        : nothing}
      <ul id="results" role="listbox" aria-label=${t('search.results')}>
        ${results.map((result, index) => this.#option(result, index))}
      </ul>
    `;
  }

  #option(result: SearchResult, index: number): TemplateResult {
    const subtitle = subtitleOf(result);
    return html`<li
      id="result-${index}"
      role="option"
      aria-selected=${index === this.#active ? 'true' : 'false'}
      @mousedown=${(event: MouseEvent) => event.preventDefault()}
      @click=${() => this.#choose(result)}
    >
      <span class="kind">${t(`search.kind.${result.kind}`)}</span>
      <span class="title">${pickName({ name: result.title, name_en: result.title_en })}</span>
      ${result.generated
        ? html`<span class="badge" title=${t('app.generatedHint')}>${t('app.generated')}</span>`
        : html`<span></span>`}
      ${subtitle ? html`<span class="subtitle">${subtitle}</span>` : nothing}
    </li>`;
  }

  #spoken(): string {
    const answer = this.#open ? this.#answer : null;
    if (answer?.state !== 'ready') return '';
    const count = answer.value.results.length;
    return count ? t('search.count', { n: count }) : t('search.empty', { q: this.#text });
  }

  #results(): readonly SearchResult[] {
    return this.#answer?.state === 'ready' ? this.#answer.value.results : [];
  }

  #type(text: string): void {
    this.#text = text;
    this.#forget();
    if (!text.trim()) return this.#set({ answer: null, open: false });
    this.#timer = setTimeout(() => void this.#ask(), PAUSE_MS);
    this.requestUpdate();
  }

  /** Ends what is waiting or under way, so that a late answer can never overwrite a newer one. */
  #forget(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
    this.#active = -1;
  }

  async #ask(): Promise<void> {
    this.#forget();
    const running = new AbortController();
    this.#running = running;
    this.#set({ answer: app.LOADING, open: true });
    try {
      const answer = await client.search(this.#text.trim(), this.#datum, running.signal);
      if (this.#running === running) this.#set({ answer: app.ready(answer), open: true });
    } catch (error) {
      if (!isAbort(error) && this.#running === running) this.#set({ answer: app.failed(error), open: true });
    }
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!this.#text.trim()) return;
    if (this.#answer?.state !== 'ready' || this.#running === null) await this.#ask();
    const result = this.#results()[Math.max(this.#active, 0)];
    if (result) this.#choose(result);
  }

  #choose(result: SearchResult): void {
    this.#active = -1;
    this.#set({ open: false });
    goTo(result);
  }

  #clear(): void {
    this.#type('');
    this.renderRoot.querySelector('input')?.focus();
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#step(event, step);
    else if (event.key === 'Escape' && (this.#open || this.#text)) this.#escape(event);
  }

  #step(event: KeyboardEvent, step: number): void {
    const count = this.#results().length;
    if (!count) return;
    event.preventDefault();
    this.#active = this.#open ? (this.#active + step + count + (this.#active < 0 && step < 0 ? 1 : 0)) % count : 0;
    this.#set({ open: true });
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector(`#result-${this.#active}`)?.scrollIntoView({ block: 'nearest' }),
    );
  }

  // The first Escape closes the list, the second empties the box; neither closes the panel.
  #escape(event: KeyboardEvent): void {
    event.preventDefault();
    if (this.#open) this.#set({ open: false });
    else this.#type('');
  }

  #leave(event: FocusEvent): void {
    const target = event.relatedTarget as Node | null;
    if (!target || !this.renderRoot.contains(target)) this.#set({ open: false });
  }

  #set(change: { answer?: app.Loadable<SearchAnswer> | null; open?: boolean }): void {
    if (change.answer !== undefined) this.#answer = change.answer;
    if (change.open !== undefined) this.#open = change.open;
    this.requestUpdate();
  }
}

// Places and addresses say their kind as a code such as "school".
function subtitleOf(result: SearchResult): string {
  const subtitle = pick(result.subtitle, result.subtitle_en);
  const key = `kind.${subtitle}`;
  return isMessageKey(key) ? t(key) : subtitle;
}

customElements.define('cg-search-box', SearchBox);
