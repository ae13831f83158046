import { css, html, LitElement, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { opened } from '../../state/app';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { theMap } from '../tools/pointing';
import { moment, say } from '../words';

const DAY_MS = 86_400_000;
/** How far the slider goes back, and forward to what is published for a later day. */
const RANGE_DAYS = { past: 365, future: 60 } as const;

/** Shows the grids as they were in force on another day. */
class AsOf extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: fixed;
      z-index: 4;
      bottom: 44px;
      left: calc((100vw + var(--left)) / 2);
      transform: translateX(-50%);
    }
    .card {
      display: flex;
      align-items: center;
      padding: 8px 16px;
      gap: 12px;
      white-space: nowrap;
    }
    input {
      width: min(320px, 40vw);
      accent-color: var(--accent);
    }
    output {
      min-width: 150px;
      font-size: 13px;
    }
    .button {
      min-height: 28px;
      font-size: 13px;
    }
    @media (max-width: 1000px) {
      :host {
        left: 50%;
      }
    }
  `];

  #days = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new Redraw(this, language);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#days) this.#show(0);
  }

  protected override render(): TemplateResult {
    return html`<div class="card" role="group" aria-label=${say('asof.label')}>
      <span>${say('asof.label')}</span>
      <input id="as-of" type="range" min=${-RANGE_DAYS.past} max=${RANGE_DAYS.future} step="1" .value=${String(this.#days)} aria-label=${say('asof.label')} @input=${(event: InputEvent) => this.#move(Number((event.target as HTMLInputElement).value))} />
      <output for="as-of">${this.#days ? moment(this.#at().toISOString()) : say('asof.now')}</output>
      <button class="button" ?disabled=${!this.#days} @click=${() => this.#move(0)}>${say('asof.now')}</button>
    </div>`;
  }

  #at(): Date {
    return new Date(Date.now() + this.#days * DAY_MS);
  }

  #move(days: number): void {
    this.#days = days;
    this.requestUpdate();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(days), 200);
  }

  #show(days: number): void {
    if (opened.current.state !== 'ready') return;
    const at = days ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
    theMap()?.showAt(opened.current.value.layers, at);
  }
}

customElements.define('cg-as-of', AsOf);
