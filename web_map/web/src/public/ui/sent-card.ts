import { html, nothing, type TemplateResult } from 'lit';
import { Redraw } from '../../state/value';
import { addPhoto } from '../api';
import { codeGiven, go } from '../state/view';
import { language, say } from '../words';
import { PublicElement } from './element';
import { checkIcon, copyIcon } from './icons';
import { qrCode } from './qr-code';

/** A report was taken: its code, once, and its photos on their way. */
export class SentCard extends PublicElement {
  static override properties = { code: {}, photos: { attribute: false }, unchanged: { type: Boolean } };

  declare code: string;
  declare photos: readonly Blob[];
  /** The report had arrived before, and what was changed since is not in it. */
  declare unchanged: boolean;
  #left: readonly Blob[] = [];
  #uploading = false;
  #copied = '';

  constructor() {
    super();
    this.code = '';
    this.photos = [];
    this.unchanged = false;
    new Redraw(this, language);
  }

  protected override firstUpdated(): void {
    this.#left = this.photos;
    this.querySelector<HTMLElement>('h1')?.focus();
    void this.#upload();
  }

  protected override render(): TemplateResult {
    return html`<section class="card sent">
      <div class="tick">${checkIcon}</div>
      <h1 tabindex="-1">${say('done.heading')}</h1>
      <p>${say('done.text')}</p>
      ${this.unchanged ? this.#unchangedNote() : nothing}
      <p class="sr" id="code-name">${say('done.code')}</p>
      <p class="big-code" aria-labelledby="code-name" role="group">${this.code.split('-').map((group) => html`<span>${group}</span>`)}</p>
      <button type="button" class="wide" @click=${() => void this.#copy()}>${copyIcon} ${this.#copied || say('done.copy')}</button>
      ${qrCode(`${location.origin}/public#code=${this.code}`, say('done.qr'))}
      <p class="dim">${say('done.scan')}</p>
      <div role="status">${this.#photoWords()}</div>
      <p class="dim">${say('done.kept')}</p>
      <div class="ways">
        <button type="button" class="main" @click=${() => this.#follow()}>${say('done.follow')}</button>
        <button type="button" class="wide" @click=${() => this.dispatchEvent(new CustomEvent('again'))}>${say('done.again')}</button>
      </div>
    </section>`;
  }

  #unchangedNote(): TemplateResult {
    return html`<p class="message bad" role="alert">${say('done.unchanged')}
      <button type="button" class="plain" @click=${() => this.dispatchEvent(new CustomEvent('anew'))}>${say('done.anew')}</button></p>`;
  }

  #photoWords(): TemplateResult | typeof nothing {
    const all = this.photos.length;
    if (!all) return nothing;
    if (this.#uploading) return html`<p>${say('done.photos', { n: all - this.#left.length + 1, all })}</p>`;
    if (!this.#left.length) return html`<p>${say('done.photosDone', { n: all })}</p>`;
    return html`<p class="message bad">${say('done.photosFailed', { n: this.#left.length })}
      <button type="button" class="plain" @click=${() => void this.#upload()}>${say('app.retry')}</button></p>`;
  }

  async #upload(): Promise<void> {
    this.#uploading = this.#left.length > 0;
    try {
      while (this.#left[0]) {
        this.requestUpdate();
        await addPhoto(this.code, this.#left[0]);
        this.#left = this.#left.slice(1);
      }
    } catch {
      // What is left can be tried again.
    }
    this.#uploading = false;
    this.requestUpdate();
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.code);
      this.#copied = say('done.copied');
    } catch {
      this.#copied = say('done.copyFailed');
    }
    this.requestUpdate();
  }

  #follow(): void {
    codeGiven.set(this.code);
    go('follow');
    scrollTo(0, 0);
  }
}

customElements.define('cg-sent-card', SentCard);
