import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Role } from '../api/types';
import { formatLonLat } from '../geo/coordinates';
import { language, pickBilingual, pickName, t } from '../i18n';
import * as app from '../state/app';
import { chooseCategory, clear, retry } from '../state/select';
import { me } from '../state/session';
import { Redraw } from '../state/value';
import { cardSection, cardTitle } from './card-section';
import { copy } from './copy';
import { detailStyles } from './detail-styles';
import { categorySelect, chainSection, dutyPerson, generatedBadge, outside, rulingSection } from './detail-sections';
import { closeIcon, copyIcon, linkIcon } from './icons';
import { loadTraces } from './later';
import { shared } from './shared';
import { swatches } from './swatches';

/** Everything known of the selected point: what stands there, whose it is, and why. */
class DetailPanel extends LitElement {
  static override readonly properties = { collapsed: { type: Boolean, reflect: true } };
  static override readonly styles = [shared, detailStyles, ...swatches];

  declare collapsed: boolean;

  constructor() {
    super();
    this.collapsed = false;
    new Redraw(this, app.selection, app.card, app.located, app.categories, app.category, app.askingDuty, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const selection = app.selection.current;
    if (!selection) return nothing;
    return html`<aside class="card panel" aria-label=${t('panel.label')}>
      <button
        class="handle"
        aria-label=${this.collapsed ? t('panel.expand') : t('panel.collapse')}
        aria-expanded=${this.collapsed ? 'false' : 'true'}
        @click=${() => (this.collapsed = !this.collapsed)}
      ></button>
      ${this.#header(formatLonLat(selection.point))}
      <p class="visually-hidden" role="status">${this.#spoken()}</p>
      <div class="scroll">${this.#card(selection)}${traces()}${this.#answer()}</div>
    </aside>`;
  }

  // Read out as a whole, the panel would be a minute of names: this is its gist.
  #spoken(): string {
    const located = app.located.current;
    if (located?.state !== 'ready') return located?.state === 'loading' ? t('panel.locating') : '';
    const { chain, ruling_text: ruling, duty } = located.value.assignment;
    const names = chain.map((unit) => pickName(unit)).join(', ');
    return [names, pickBilingual(ruling), duty?.person?.name].filter(Boolean).join('. ');
  }

  #header(coordinates: string): TemplateResult {
    return html`<header>
      <div>
        ${this.#title()}
        <p class="coordinates">
          <span class="mono">${coordinates}</span>
          ${smallButton(t('panel.copyPoint'), copyIcon, () => void copy(coordinates))}
          ${smallButton(t('panel.copyLink'), linkIcon, () => void copy(location.href))}
        </p>
      </div>
      <button class="icon-button" aria-label=${t('app.close')} title=${t('app.close')} @click=${clear}>${closeIcon}</button>
    </header>`;
  }

  #title(): TemplateResult {
    const kind = app.selection.current?.feature?.kind;
    const card = app.card.current;
    if (kind && card?.state === 'ready') {
      return title(t(`card.${kind}`), cardTitle(card.value), card.value['generated'] === true);
    }
    const located = app.located.current;
    const unit = located?.state === 'ready' ? located.value.assignment.chain.at(-1) : undefined;
    if (!unit) return title('', t('panel.here'), false);
    return title(pickBilingual(unit.level_name), pickName(unit), unit.generated);
  }

  #card(selection: app.Selection): TemplateResult | typeof nothing {
    const card = app.card.current;
    return card && selection.feature ? cardSection(selection.feature.kind, card) : nothing;
  }

  #answer(): TemplateResult | typeof nothing {
    const located = app.located.current;
    if (!located) return nothing;
    if (located.state === 'loading') {
      return html`<section><p class="loading"><i class="spinner"></i>${t('panel.locating')}</p></section>`;
    }
    if (located.state === 'failed') return this.#trouble(located.reason);
    const { assignment, version } = located.value;
    if (assignment.ruling === 'unassigned') return outside(assignment, version);
    return html`${rulingSection(assignment, version)} ${chainSection(assignment.chain)}
      <section>
        <div class="asked">
          <h3>${t('panel.duty')}</h3>
          ${categorySelect(app.categories.current, app.category.current, (code) => void chooseCategory(code))}
        </div>
        ${dutyPerson(assignment.duty, app.askingDuty.current)}
      </section>`;
  }

  #trouble(reason: string): TemplateResult {
    return html`<section class="trouble" role="alert">
      ${t('panel.failed', { reason })}
      <button class="button" @click=${retry}>${t('app.retry')}</button>
    </section>`;
  }
}

/** Who may see where pipes lie; the server decides, this only spares the others a question. */
const SEES_PIPES: readonly Role[] = ['district_administrator', 'commander', 'analyst'];

function traces(): TemplateResult | typeof nothing {
  if (!me.current || !SEES_PIPES.includes(me.current.role)) return nothing;
  void loadTraces();
  return html`<cg-trace></cg-trace>`;
}

function smallButton(label: string, icon: TemplateResult, act: () => void): TemplateResult {
  return html`<button class="icon-button small" title=${label} aria-label=${label} @click=${act}>${icon}</button>`;
}

function title(kind: string, name: string, generated: boolean): TemplateResult {
  return html`<p class="eyebrow">${kind}</p>
    <h2><span>${name}</span>${generatedBadge(generated)}</h2>`;
}

customElements.define('cg-detail-panel', DetailPanel);
