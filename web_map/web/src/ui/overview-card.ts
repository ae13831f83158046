import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { CARD_KINDS, type City } from '../api/types';
import { language, pick, t } from '../i18n';
import { me } from '../state/session';
import { Redraw } from '../state/value';
import { shared } from './shared';

/** What the city is made of, shown while nothing is selected. */
class OverviewCard extends LitElement {
  static override readonly properties = { city: { attribute: false } };
  static override readonly styles = [shared, css`
    .card {
      overflow: hidden;
    }
    h2 {
      display: flex;
      align-items: baseline;
      justify-content: space-between;
      padding: 14px 16px 10px;
      font-size: 14px;
    }
    h2 span {
      color: var(--ink-3);
      font-size: 12px;
      font-weight: 400;
    }
    dl {
      display: grid;
      grid-template-columns: repeat(3, 1fr);
      padding: 0 16px 14px;
      gap: 12px 8px;
    }
    dl > div {
      display: flex;
      flex-direction: column-reverse;
    }
    dt {
      color: var(--ink-3);
      font-size: 12px;
    }
    dd {
      font-size: 19px;
      font-variant-numeric: tabular-nums;
      font-weight: 600;
      letter-spacing: -0.01em;
      line-height: 1.25;
    }
    .hint {
      padding: 12px 16px;
      border-top: 1px solid var(--line);
      background: var(--surface-2);
      color: var(--ink-2);
      font-size: 13px;
    }
    .hint + .hint {
      padding-top: 0;
      border: 0;
      color: var(--ink-3);
      font-size: 12px;
    }
  `];

  declare city: City | null;

  constructor() {
    super();
    this.city = null;
    new Redraw(this, me, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.city) return nothing;
    return html`<section class="card" aria-labelledby="heading">
      <h2 id="heading">
        ${me.current?.reach === 'area' ? t('overview.headingArea') : t('overview.heading')}<span>${t('overview.version', { version: this.city.version })}</span>
      </h2>
      <dl>
        ${figures(this.city).map(([label, count]) => html`<div><dt>${label}</dt><dd>${grouped(count)}</dd></div>`)}
      </dl>
      <p class="hint">${t('overview.hint')}</p>
      <p class="hint">${t('overview.keyboardHint')}</p>
    </section>`;
  }
}

function figures(city: City): Array<[string, number]> {
  const levels = city.levels
    .filter((level) => level.level > 1)
    .map((level): [string, number] => [pick(level.title, level.title_en), level.units]);
  const counts = CARD_KINDS.map((kind): [string, number] => [t(`overview.${kind}`), city.counts[kind] ?? 0]);
  return [...levels, ...counts];
}

function grouped(count: number): string {
  return new Intl.NumberFormat('en').format(count);
}

customElements.define('cg-overview-card', OverviewCard);
