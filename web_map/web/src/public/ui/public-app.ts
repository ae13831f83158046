import { html, type TemplateResult } from 'lit';
import { Redraw } from '../../state/value';
import { trouble } from '../api';
import { forgetCode, go, view, type View } from '../state/view';
import { loadTown, town, townError } from '../state/town';
import { language, pick, say, switchLanguage, type Word } from '../words';
import { PublicElement } from './element';
import { followIcon, nearIcon, reportIcon } from './icons';
import './follow-view';
import './near-view';
import './report-view';

const TABS: ReadonlyArray<readonly [View, Word, TemplateResult]> = [
  ['near', 'app.near', nearIcon],
  ['report', 'app.report', reportIcon],
  ['follow', 'app.follow', followIcon],
];

/** The page of the public: places near by, reports, and what became of them. */
export class PublicApp extends PublicElement {
  constructor() {
    super();
    new Redraw(this, language, town, townError, view);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void loadTown();
  }

  protected override render(): TemplateResult {
    return html`<a class="skip" href="#main" @click=${(event: Event) => this.#skip(event)}>${say('app.skip')}</a>
      <header>
        <img src=${new URL('../../styles/mark.svg', import.meta.url).href} alt="" width="28" height="28" />
        <strong>${say('app.title')}</strong>
        <span class="city">${town.current?.name ? pick(town.current.name) : ''}</span>
        <button type="button" id="language" class="plain" lang=${language.current === 'zh' ? 'en' : 'zh-CN'}
          @click=${switchLanguage}>${say('app.language')}</button>
      </header>
      <nav aria-label=${say('app.tabs')}>${TABS.map(([name, word, icon]) => this.#tab(name, word, icon))}</nav>
      <main id="main" tabindex="-1">${this.#body()}</main>
      <footer>${say('app.urgent')} <a href="tel:12345">12345</a></footer>`;
  }

  #tab(name: View, word: Word, icon: TemplateResult): TemplateResult {
    const current = view.current === name;
    return html`<a href=${`#${name}`} aria-current=${current ? 'page' : 'false'} @click=${(event: Event) => this.#go(event, name)}>
      ${icon}<span>${say(word)}</span></a>`;
  }

  #body(): TemplateResult {
    if (view.current === 'follow') return html`<cg-follow-view></cg-follow-view>`;
    if (townError.current && !town.current) {
      return html`<p class="message bad" role="alert">${trouble(townError.current)}
        <button type="button" class="plain" @click=${() => void loadTown()}>${say('app.retry')}</button></p>`;
    }
    if (!town.current) return html`<p class="empty" role="status">${say('app.loading')}</p>`;
    return view.current === 'near' ? html`<cg-near-view></cg-near-view>` : html`<cg-report-view></cg-report-view>`;
  }

  #go(event: Event, name: View): void {
    event.preventDefault();
    forgetCode();
    go(name);
    scrollTo(0, 0);
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>('main')?.focus();
  }
}

customElements.define('cg-public', PublicApp);
