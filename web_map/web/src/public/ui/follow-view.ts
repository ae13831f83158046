import { html, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../../api/errors';
import { formatTime } from '../../geo/time';
import { Redraw } from '../../state/value';
import { follow, trouble, type Followed, type Step } from '../api';
import { forgetReport, myReports, type MyReport } from '../state/draft';
import { town } from '../state/town';
import { codeGiven } from '../state/view';
import { language, pick, say } from '../words';
import { PublicElement } from './element';
import { closeIcon } from './icons';

const LENGTH = 20;

/** Looks a report up by its code. */
export class FollowView extends PublicElement {
  #code = '';
  #told: Followed | null = null;
  #message = '';
  #busy = false;

  constructor() {
    super();
    new Redraw(this, language, town);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!codeGiven.current) return;
    this.#code = grouped(codeGiven.current);
    codeGiven.set('');
    void this.#look();
  }

  protected override render(): TemplateResult {
    return html`<h1>${say('follow.heading')}</h1>
      <form class="card" @submit=${(event: Event) => this.#submit(event)} novalidate>
        <label for="code">${say('follow.code')}</label>
        <div class="find ask">
          <input id="code" name="code" class="code" .value=${this.#code} maxlength="40" autocomplete="off" autocapitalize="characters"
            spellcheck="false" aria-describedby="code-hint code-message" @change=${(event: Event) => this.#typed(event)} />
          <button type="submit" class="main" ?disabled=${this.#busy}>${this.#busy ? say('follow.busy') : say('follow.ask')}</button>
        </div>
        <small id="code-hint">${say('follow.hint')}</small>
        <p class="message bad" id="code-message" role="alert" ?hidden=${!this.#message}>${this.#message}</p>
      </form>
      <div aria-live="polite">${this.#told ? this.#card(this.#told) : nothing}</div>
      ${this.#mine()}`;
  }

  #card(told: Followed): TemplateResult {
    return html`<section class="card told">
      <h2>${pick(told.matter)}</h2>
      <p class=${`stage ${told.stage}`}>${pick(told.says)}</p>
      ${told.joined ? html`<p class="message">${say('follow.joined')}</p>` : nothing}
      <h3>${say('follow.steps')}</h3>
      <ol class="steps">${told.steps.map((step, at) => this.#step(step, at === told.steps.length - 1))}</ol>
      ${told.photos ? html`<p class="dim">${say('follow.photos', { n: told.photos })}</p>` : nothing}
    </section>`;
  }

  #step(step: Step, last: boolean): TemplateResult {
    return html`<li class=${last ? 'now' : ''}>${pick(step.says)}
      ${step.at ? html`<time datetime=${step.at}>${formatTime(step.at, language.current)}</time>` : nothing}</li>`;
  }

  #mine(): TemplateResult | typeof nothing {
    const mine = myReports();
    if (!mine.length) return nothing;
    return html`<section><h2>${say('follow.mine')}</h2>
      <p class="dim">${say('follow.mineHint')}</p>
      <ul class="mine">${mine.map((each) => this.#row(each))}</ul></section>`;
  }

  #row(mine: MyReport): TemplateResult {
    const matter = town.current?.matters.find((each) => each.key === mine.matter);
    const name = matter ? pick({ zh: matter.title, en: matter.title_en }) : mine.code;
    return html`<li>
      <button type="button" class="row" @click=${() => this.#open(mine.code)}>
        <strong>${name}</strong><small>${say('follow.reported', { when: formatTime(mine.at, language.current) })}</small>
      </button>
      <button type="button" class="plain" aria-label=${say('follow.forgetOne', { name })} title=${say('follow.forget')}
        @click=${() => this.#forget(mine.code)}>${closeIcon}</button>
    </li>`;
  }

  #open(code: string): void {
    this.#code = code;
    scrollTo(0, 0);
    void this.#look();
  }

  #forget(code: string): void {
    forgetReport(code);
    this.requestUpdate();
  }

  #typed(event: Event): void {
    this.#code = grouped((event.target as HTMLInputElement).value);
    this.requestUpdate();
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#code = grouped(this.querySelector<HTMLInputElement>('#code')?.value ?? '');
    const n = this.#code.replaceAll('-', '').length;
    if (n !== LENGTH) {
      this.#told = null;
      this.#message = say('follow.short', { n });
      return this.requestUpdate();
    }
    void this.#look();
  }

  async #look(): Promise<void> {
    [this.#busy, this.#message] = [true, ''];
    this.requestUpdate();
    try {
      this.#told = await follow(this.#code);
    } catch (error) {
      this.#told = null;
      this.#message = error instanceof ApiError && error.status === 404 ? say('follow.wrong') : trouble(error);
    }
    this.#busy = false;
    this.requestUpdate();
  }
}

/** Writes a code in groups of five. */
export function grouped(text: string): string {
  const letters = text.toUpperCase().replace(/[^0-9A-Z]/g, '');
  return letters.match(/.{1,5}/g)?.join('-') ?? '';
}

customElements.define('cg-follow-view', FollowView);
