import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pickName } from '../../i18n';
import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { client } from '../../state/session';
import { Redraw } from '../../state/value';
import { dialogStyles } from '../../ui/dialog-styles';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { listUnits } from '../api';
import { ratesOf, type Rate } from '../state/rates';
import { fit } from '../state/view';
import { figure, say } from '../words';
import { panelStyles } from './panel-styles';

export const STREETS_EVENT = 'citygrid-streets';
const STREET_LEVEL = 2;

/** Every street with its grids and micro-grids, and how much of it they cover. */
class StreetPreview extends LitElement {
  static override readonly styles = [shared, dialogStyles, panelStyles, css`
    .body {
      max-height: 60vh;
      padding: 0 24px 24px;
      overflow-y: auto;
    }
    table {
      width: 100%;
      border-collapse: collapse;
      font-size: 13px;
      font-variant-numeric: tabular-nums;
    }
    th,
    td {
      padding: 5px 4px;
      border-bottom: 1px solid var(--line);
      font-weight: 400;
      text-align: right;
    }
    th:first-child {
      text-align: left;
    }
    thead th {
      color: var(--ink-3);
    }
    th button {
      padding: 0;
      border: 0;
      background: none;
      color: var(--accent);
      text-align: left;
    }
    .part {
      color: var(--warn);
    }
  `];

  #rates: Loadable<readonly Rate[]> = LOADING;
  readonly #show = (): void => {
    this.renderRoot.querySelector('dialog')?.showModal();
    void this.#load();
  };

  constructor() {
    super();
    new Redraw(this, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener(STREETS_EVENT, this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener(STREETS_EVENT, this.#show);
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @keydown=${(event: KeyboardEvent) => event.stopPropagation()}>
      <header>
        <h2 id="heading">${say('streets.heading')}</h2>
        <button class="icon-button" aria-label=${say('close')} @click=${() => this.#close()}>${closeIcon}</button>
      </header>
      <div class="body">${this.#body()}</div>
    </dialog>`;
  }

  #body(): TemplateResult {
    if (this.#rates.state === 'loading') return html`<p class="empty"><i class="spinner"></i></p>`;
    if (this.#rates.state === 'failed') return html`<p class="alarm">${this.#rates.reason}</p>`;
    return html`<table>
      <thead><tr><th>${say('streets.street')}</th><th>${say('streets.grids')}</th><th>${say('streets.covered')}</th><th>${say('streets.micro')}</th><th>${say('streets.covered')}</th></tr></thead>
      <tbody>${this.#rates.value.map((rate) => this.#row(rate))}</tbody>
    </table>`;
  }

  #row({ street, grids, gridShare, micro, microShare }: Rate): TemplateResult {
    return html`<tr>
      <th scope="row"><button @click=${() => void this.#go(street.code)}>${pickName(street)}</button></th>
      <td>${figure(grids)}</td>
      <td class=${gridShare < 0.995 ? 'part' : nothing}>${figure(gridShare * 100)} %</td>
      <td>${figure(micro)}</td>
      <td class=${microShare < 0.995 ? 'part' : nothing}>${figure(microShare * 100)} %</td>
    </tr>`;
  }

  async #load(): Promise<void> {
    const asked = [listUnits('grids', STREET_LEVEL), listUnits('grids'), listUnits('micro_grids').catch(() => [])];
    this.#rates = await Promise.all(asked).then(([streets, grids, micro]) => ready(ratesOf(streets!, grids!, micro!)), failed);
    this.requestUpdate();
  }

  async #go(code: string): Promise<void> {
    const found = await client.search(code, 'wgs84').catch(() => null);
    const bbox = found?.results.find((one) => one.code === code)?.bbox;
    this.#close();
    if (bbox) fit(bbox);
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('cg-street-preview', StreetPreview);
