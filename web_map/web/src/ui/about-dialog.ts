import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { City } from '../api/types';
import { language, pick, t } from '../i18n';
import { Redraw } from '../state/value';
import { dialogStyles } from './dialog-styles';
import { closeIcon } from './icons';
import { shared } from './shared';
import { ABOUT_EVENT } from './status-bar';

/** What is shown, what of it is real, and whose data it is. */
class AboutDialog extends LitElement {
  static override readonly properties = { city: { attribute: false } };
  static override readonly styles = [shared, dialogStyles, css`
    .body {
      display: grid;
      padding: 0 24px 24px;
      gap: 16px;
    }
    p,
    li {
      color: var(--ink-2);
    }
    li {
      display: flex;
      justify-content: space-between;
      padding: 6px 0;
      border-top: 1px solid var(--line);
      gap: 16px;
    }
    li span:last-child {
      flex: none;
      max-width: 45%;
      color: var(--ink-3);
      text-align: right;
    }
  `];

  declare city: City | null;
  readonly #show = (): void => this.renderRoot.querySelector('dialog')?.showModal();

  constructor() {
    super();
    this.city = null;
    new Redraw(this, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener(ABOUT_EVENT, this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener(ABOUT_EVENT, this.#show);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.city) return nothing;
    return html`<dialog
      aria-labelledby="heading"
      @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
      @click=${(event: MouseEvent) => event.target === event.currentTarget && this.#close()}
    >
      <header>
        <h2 id="heading">${t('about.heading')}</h2>
        <button class="icon-button" aria-label=${t('app.close')} @click=${() => this.#close()}>${closeIcon}</button>
      </header>
      <div class="body">
        <section><h3>${t('about.extent')}</h3><p>${pick(this.city.extent_note, this.city.extent_note_en)}</p></section>
        <section><h3>${t('about.generated')}</h3><p>${t('about.generatedText')}</p></section>
        <section>
          <h3>${t('about.sources')}</h3>
          <ul>${this.city.sources.map(({ title, licence }) => html`<li><span>${title}</span><span>${licence}</span></li>`)}</ul>
        </section>
        <p>${t('about.offline')}</p>
      </div>
    </dialog>`;
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('cg-about-dialog', AboutDialog);
