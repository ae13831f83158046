import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pick } from '../../i18n';
import { Redraw } from '../../state/value';
import { dialogStyles } from '../../ui/dialog-styles';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { coverages, type CoverageInfo } from '../api';
import { newPlan } from '../state/plan';
import { say } from '../words';
import { panelStyles } from './panel-styles';

export const NEW_PLAN_EVENT = 'citygrid-new-plan';

// Moments are typed by the clock of the city, which every Chinese city shares.
const CITY_OFFSET = '+08:00';

/** Asks what a new plan is called and what it rests on. */
class PlanForm extends LitElement {
  static override readonly properties = { coverage: {} };
  static override readonly styles = [shared, dialogStyles, panelStyles, css`
    form {
      padding: 0 24px 24px;
      gap: 14px;
    }
  `];

  declare coverage: string;
  #trouble = '';
  #busy = false;
  #coverages: readonly CoverageInfo[] = [];
  readonly #show = (): void => {
    this.#dialog()?.showModal();
    void this.#ask();
  };

  constructor() {
    super();
    this.coverage = 'grids';
    new Redraw(this, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener(NEW_PLAN_EVENT, this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener(NEW_PLAN_EVENT, this.#show);
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @keydown=${(event: KeyboardEvent) => event.stopPropagation()}>
      <header>
        <h2 id="heading">${say('plans.new')}</h2>
        <button class="icon-button" aria-label=${say('close')} @click=${() => this.#dialog()?.close()}>${closeIcon}</button>
      </header>
      <form class="stack" @submit=${(event: SubmitEvent) => void this.#submit(event)}>
        <p class="calm">${say('plans.safe')}</p>
        <label>${say('plan.title')}<input name="title" required maxlength="120" autocomplete="off" placeholder=${say('plan.titleHint')} /></label>
        <label>${say('plan.coverage')}<select name="coverage">
          ${this.#coverages.map((one) => html`<option value=${one.name} ?selected=${one.name === this.coverage}>${pick(one.title, one.title_en)}</option>`)}
        </select></label>
        <label>${say('plan.basis')}<input name="basis" maxlength="400" autocomplete="off" placeholder=${say('plan.basisHint')} /></label>
        <label>${say('plan.effective')}<input name="effective" type="datetime-local" /></label>
        <p class="note small">${say('plan.effectiveHint')}</p>
        ${this.#trouble ? html`<p class="alarm" role="alert">${this.#trouble}</p>` : nothing}
        <div class="row">
          <span class="push"></span>
          <button type="button" class="button" @click=${() => this.#dialog()?.close()}>${say('sketch.cancel')}</button>
          <button class="button primary" id="make-plan" ?disabled=${this.#busy}>${say('plans.make')}</button>
        </div>
      </form>
    </dialog>`;
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const effective = String(fields.get('effective') ?? '');
    this.#tell('', true);
    try {
      const wanted = { coverage: String(fields.get('coverage') ?? this.coverage), title: String(fields.get('title')).trim(), basis: String(fields.get('basis')).trim() };
      await newPlan(effective ? { ...wanted, effective_at: `${effective}:00${CITY_OFFSET}` } : wanted);
      this.#tell('', false);
      form.reset();
      this.#dialog()?.close();
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error), false);
    }
  }

  // Coverages that are lists of grids have no borders to draw.
  async #ask(): Promise<void> {
    const found = await coverages().catch(() => []);
    this.#coverages = found.filter((one) => one.composed_of === null);
    this.requestUpdate();
  }

  #tell(trouble: string, busy: boolean): void {
    this.#trouble = trouble;
    this.#busy = busy;
    this.requestUpdate();
  }

  #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }
}

customElements.define('cg-plan-form', PlanForm);
