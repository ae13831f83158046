import { html, nothing, type TemplateResult } from 'lit';
import type { Card, CardKind } from '../api/types';
import { isMessageKey, language, pick, t, type MessageKey } from '../i18n';
import { riskOf, stageOf } from '../map/palette';
import type { Loadable } from '../state/app';
import { formatTime } from '../geo/time';
import { fact } from './detail-sections';

type Field = readonly [label: MessageKey, show: (card: Card) => TemplateResult | string];

const text = (...names: string[]) => (card: Card): string => {
  const value = names.map((name) => card[name]).find((found) => found !== null && found !== undefined && found !== '');
  return value === undefined ? '' : String(value);
};

const time = (name: string) => (card: Card): string => {
  const value = card[name];
  if (typeof value !== 'string') return '';
  return formatTime(value, language.current);
};

// The English word of a code such as "hotline" comes from the table of messages.
const coded = (prefix: string, name: string) => (card: Card): string => {
  const key = `${prefix}.${text(name)(card)}`;
  return isMessageKey(key) ? t(key) : text(name)(card);
};

function state(card: Card): TemplateResult {
  const stage = stageOf(String(card['state']));
  return html`<span class="state"><i class="dot ${stage}"></i>${coded('stateName', 'state')(card)}</span>`;
}

function risk(card: Card): TemplateResult | string {
  const level = riskOf(card['risk_level']);
  if (!level) return '';
  return html`<span class="state"><i class="dot risk-${level}"></i>${t(`risk.${level}`)}</span>`;
}

const FIELDS: Readonly<Record<CardKind, readonly Field[]>> = {
  events: [
    ['card.state', state],
    ['card.category', text('category_name', 'category')],
    ['card.no', text('no')],
    ['card.address', text('address')],
    ['card.occurred', time('occurred_at')],
    ['card.reported', time('reported_at')],
    ['card.source', coded('source', 'source')],
  ],
  places: [
    ['card.kind', coded('kind', 'kind')],
    ['card.risk', risk],
    ['card.address', text('address')],
    ['card.source', text('source')],
  ],
  components: [
    ['card.class', text('class_name', 'class_code')],
    ['card.state', coded('condition', 'state')],
    ['card.no', text('code')],
    ['card.owner', text('owner')],
    ['card.upkeep', text('upkeep')],
    ['card.source', text('source')],
  ],
};

/** Shows one event, place or component. */
export function cardSection(kind: CardKind, card: Loadable<Card>): TemplateResult {
  if (card.state === 'loading') return html`<section><p class="loading"><i class="spinner"></i>${t('app.loading')}</p></section>`;
  if (card.state === 'failed') {
    return html`<section class="trouble" role="alert">${t('panel.cardFailed', { reason: card.reason })}</section>`;
  }
  return html`<section id="card">
    <dl class="facts">${FIELDS[kind].map(([label, show]) => row(label, show(card.value)))}</dl>
  </section>`;
}

/** Names an event, place or component. */
export function cardTitle(card: Card): string {
  return pick(text('title', 'name')(card), text('title_en', 'name_en')(card));
}

function row(label: MessageKey, shown: TemplateResult | string): TemplateResult | typeof nothing {
  return shown === '' ? nothing : fact(t(label), shown);
}
