import { html, nothing, type TemplateResult } from 'lit';
import type { Assignment, Category, ChainLink, Duty, Role, Ruling } from '../api/types';
import { formatDistance } from '../geo/coordinates';
import { pick, pickBilingual, pickName, t } from '../i18n';
import { showUnit } from '../state/camera';
import { me } from '../state/session';
import { copy } from './copy';
import { groupByClass } from './group';
import { checkIcon, copyIcon, infoIcon } from './icons';
import { loadClearValue } from './later';

/** Marks what a program made up. */
export function generatedBadge(generated: boolean): TemplateResult | typeof nothing {
  return generated ? html`<span class="badge" title=${t('app.generatedHint')}>${t('app.generated')}</span>` : nothing;
}

const RULING_TONE: Readonly<Record<Ruling, string>> = { inside: 'good', border: 'warn', nearest: 'warn', unassigned: '' };

/** Says which grid the point was given to, and by which rule. */
export function rulingSection(assignment: Assignment, version: number): TemplateResult {
  const { ruling, border_m: border, runner_up: next } = assignment;
  return html`<section id="ruling">
    <h3>${t('panel.ruling')}</h3>
    <div class="ruling">
      <span class="badge ${RULING_TONE[ruling]}">
        ${ruling === 'inside' ? checkIcon : infoIcon}${t(`panel.ruling.${ruling}`)}
      </span>
      <p>${pickBilingual(assignment.ruling_text)}</p>
    </div>
    <dl class="columns">
      ${border === null ? nothing : html`<div>${fact(t('panel.border'), formatDistance(border))}</div>`}
      ${next ? html`<div title=${next.code}>${fact(t('panel.runnerUp'), pickName(next))}</div>` : nothing}
      <div>${fact(t('panel.version'), String(version))}</div>
    </dl>
  </section>`;
}

export function fact(name: string, value: TemplateResult | string): TemplateResult {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

/** Shows the units from the district down to the grid, each with its code. */
export function chainSection(chain: readonly ChainLink[]): TemplateResult {
  return html`<section>
    <h3>${t('panel.chain')}</h3>
    <ol class="chain">${chain.map(link)}</ol>
  </section>`;
}

function link(unit: ChainLink): TemplateResult {
  const name = pickName(unit);
  const copyLabel = t('panel.copyCode', { code: unit.code });
  return html`<li>
    <span class="name">
      <button title=${t('panel.showUnit', { name })} @click=${() => void showUnit(unit.level, unit.code)}>${name}</button>
      ${generatedBadge(unit.generated)}
    </span>
    <span class="code">
      ${pickBilingual(unit.level_name)}<span class="mono">${unit.code}</span>
      <button class="icon-button small" title=${copyLabel} aria-label=${copyLabel} @click=${() => void copy(unit.code)}>
        ${copyIcon}
      </button>
    </span>
  </li>`;
}

/** Lets the user say what the matter is, so that the duty list can name its person. */
export function categorySelect(
  categories: readonly Category[],
  chosen: string,
  choose: (code: string) => void,
): TemplateResult {
  const change = (event: Event): void => choose((event.target as HTMLSelectElement).value);
  return html`<select id="category" aria-label=${t('panel.category')} title=${t('panel.category')} @change=${change}>
      <option value="" ?selected=${chosen === ''}>${t('panel.anyCategory')}</option>
      ${groupByClass(categories).map(
        (group) => html`<optgroup label="${group.code} ${group.name}">
          ${group.categories.map(
            ({ code, name }) => html`<option value=${code} ?selected=${code === chosen}>${code} ${name}</option>`,
          )}
        </optgroup>`,
      )}
    </select>`;
}

/** Shows who is responsible here, whether on duty, and by which entry of the duty list. */
export function dutyPerson(duty: Duty | null, asking: boolean): TemplateResult {
  if (!duty) return html`<p class="muted">${asking ? t('panel.categoryBusy') : t('panel.noDuty')}</p>`;
  const { person, organisation, basis } = duty;
  const unit = pick(organisation?.name, organisation?.name_en);
  return html`<div class="person" aria-busy=${asking ? 'true' : 'false'}>
      <span class="avatar" aria-hidden="true">${[...(person?.name ?? unit)][0] ?? ''}</span>
      ${person ? personLines(person) : html`<strong>${unit}</strong>`}
    </div>
    <dl class="facts">
      ${person?.phone ? fact(t('panel.phone'), phone(person.phone)) : nothing}
      ${person && unit ? fact(t('panel.organisation'), unit) : nothing}
    </dl>
    ${person ? clearValue(person) : nothing}
    ${basis ? html`<p class="basis"><strong>${t('panel.basis')}</strong> ${pickBilingual(basis)}</p>` : nothing}`;
}

type Person = NonNullable<Duty['person']>;

function personLines(person: Person): TemplateResult {
  return html`<div>
    <strong>${person.name}</strong>
    <span class="badge ${person.on_duty ? 'good' : ''}">${person.on_duty ? t('panel.onDuty') : t('panel.offDuty')}</span>
    <p>${pick(person.role, person.role_en)}</p>
  </div>`;
}

/** The roles that the server lets see more than masks; it decides, this only spares the others a button. */
const SEES_CLEAR: readonly Role[] = ['field_worker', 'street_administrator', 'district_administrator', 'commander'];

function clearValue(person: Person): TemplateResult | typeof nothing {
  const fields = (['phone', 'name'] as const).filter((field) => person[field]?.includes('*'));
  const mayAsk = me.current !== null && SEES_CLEAR.includes(me.current.role);
  if (!mayAsk || !fields.length || person.worker_id == null) return nothing;
  void loadClearValue();
  return html`<cg-clear-value .worker=${person.worker_id} .fields=${fields}></cg-clear-value>`;
}

// A masked number (138****1234) cannot be called.
function phone(number: string): TemplateResult {
  if (number.includes('*')) return html`<span class="mono">${number}</span>`;
  return html`<a class="mono" href="tel:${number.replace(/[^\d+]/g, '')}">${number}</a>`;
}

/** Says kindly that nobody's grid is here, or nobody's of whom this account is told. */
export function outside(assignment: Assignment, version: number): TemplateResult {
  if (me.current?.reach === 'area') return outsideArea(assignment);
  return html`<section class="outside" id="ruling">
    <strong>${t('panel.unassignedTitle')}</strong>
    <p>${t('panel.unassignedHint')}</p>
    <dl class="facts">
      ${fact(t('panel.ruling'), pickBilingual(assignment.ruling_text))} ${fact(t('panel.version'), String(version))}
    </dl>
  </section>`;
}

function outsideArea({ ruling_text: words }: Assignment): TemplateResult {
  const area = pick(me.current?.area_name, me.current?.area_name_en);
  return html`<section class="outside" id="ruling">
    <strong>${pickBilingual(words)}</strong>
    <p>${t('panel.otherAreaHint', { area })}</p>
  </section>`;
}
