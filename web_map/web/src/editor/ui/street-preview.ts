import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pickName } from '../../i18n';
import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { client } from '../../state/session';
import { Redraw } from '../../state/value';
import { dialogStyles } from '../../ui/dialog-styles';
import { withoutMark } from '../../geo/names';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { listUnits, planStreets } from '../api';
import { plan } from '../state/plan';
import { ratesOf, type Rate } from '../state/rates';
import { fit } from '../state/view';
import type { StreetRate } from '../wire';
import { figure, say } from '../words';
import { panelStyles } from './panel-styles';

export const STREETS_EVENT = 'citygrid-streets';
const STREET_LEVEL = 2;

/** Every street with its grids and micro-grids, and how much of it they cover: as the open plan has them, else as in force. */
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
    .touched {
      background: #fff7ea;
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
        <h2 id="heading">${say(plan.current ? 'streets.ofPlan' : 'streets.heading')}</h2>
        <button class="icon-button" aria-label=${say('close')} @click=${() => this.#close()}>${closeIcon}</button>
      </header>
      <div class="body">${this.#body()}</div>
    </dialog>`;
  }

  #body(): TemplateResult {
    if (this.#rates.state === 'loading') return html`<p class="empty"><i class="spinner"></i></p>`;
    if (this.#rates.state === 'failed') return html`<p class="alarm">${this.#rates.reason}</p>`;
    const touched = this.#rates.value.filter((rate) => rate.touched);
    return html`<p class="note">${plan.current ? say('streets.touched', { n: touched.length }) : say('streets.inForce')}</p>
    <table>
      <thead><tr><th>${say('streets.street')}</th><th>${say('streets.grids')}</th><th>${say('streets.covered')}</th><th>${say('streets.micro')}</th><th>${say('streets.covered')}</th></tr></thead>
      <tbody>${[...touched, ...this.#rates.value.filter((rate) => !rate.touched)].map((rate) => this.#row(rate))}</tbody>
    </table>`;
  }

  #row(rate: Rate): TemplateResult {
    const { code } = rate;
    const name = withoutMark(pickName(rate));
    return html`<tr class=${rate.touched ? 'touched' : ''}>
      <th scope="row">${code ? html`<button @click=${() => void this.#go(code)}>${name}</button>` : name}</th>
      <td>${counted(rate.grids, rate.gridsBefore)}</td>
      <td class=${rate.gridShare < FULL ? 'part' : nothing}>${percent(rate.gridShare)}</td>
      <td>${counted(rate.micro, rate.microBefore)}</td>
      <td class=${rate.microShare < FULL ? 'part' : nothing}>${percent(rate.microShare)}</td>
    </tr>`;
  }

  async #load(): Promise<void> {
    this.#rates = LOADING;
    this.requestUpdate();
    this.#rates = await (plan.current ? ofPlan(plan.current.id) : inForce()).then(ready, failed);
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

const FULL = 0.9995;

function percent(share: number): string {
  // What is not all must not look like all.
  return `${figure(share >= FULL ? 100 : Math.min(99.9, share * 100), 1)} %`;
}

/** Writes a number, and what it was where a plan changes it. */
function counted(now: number, before: number | null): string {
  return before === null || before === now ? figure(now) : `${figure(before)} → ${figure(now)}`;
}

async function inForce(): Promise<readonly Rate[]> {
  const asked = [listUnits('grids', STREET_LEVEL), listUnits('grids'), listUnits('micro_grids').catch(() => [])];
  const [streets, grids, micro] = await Promise.all(asked);
  return ratesOf(streets!, grids!, micro!);
}

async function ofPlan(id: number): Promise<readonly Rate[]> {
  return (await planStreets(id)).map(rateOf);
}

function rateOf(one: StreetRate): Rate {
  const { code, name, name_en, touched, grids } = one;
  const before = { gridsBefore: one.grids_before, microBefore: one.micro_grids_before };
  return { code, name, name_en, touched, grids, gridShare: one.grids_share, micro: one.micro_grids, microShare: one.micro_share, ...before };
}

customElements.define('cg-street-preview', StreetPreview);
