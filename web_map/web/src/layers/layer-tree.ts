import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { language, pick, t } from '../i18n';
import { isLayerName } from '../map/layer-names';
import * as app from '../state/app';
import { Redraw } from '../state/value';
import { chevronIcon, closeIcon } from '../ui/icons';
import { shared } from '../ui/shared';
import { swatches } from '../ui/swatches';
import { citySamples } from './city-samples';
import { highlighted } from './highlighted';
import { badge, details, legend, moreButton, sample } from './row';
import { shownList } from './shown-list';
import * as store from './store';
import { treeStyles } from './styles';
import { buildTree, filterTree, GROUND, layersBelow, marked, opening, type Group } from './tree';
import type { TreeLayer } from './types';
import { say } from './words';

type Tab = 'all' | 'shown';
/** A group of so many layers stands open at first, when something of it is on. */
const FEW = 6;

/** Everything the catalogue holds, in its groups: to be found, switched on, and set. */
class LayerTree extends LitElement {
  static override readonly properties = { layers: { attribute: false }, open: { type: Boolean } };
  static override readonly styles = [shared, ...swatches, ...citySamples, treeStyles];

  declare layers: readonly TreeLayer[];
  declare open: boolean;

  #groups: readonly Group[] = [];
  readonly #opened = new Set<string>();
  /** The layer whose settings are open. */
  #more = '';
  #search = '';
  #tab: Tab = 'all';
  /** The row that the keyboard stands on. */
  #at = '';

  constructor() {
    super();
    this.layers = [];
    this.open = false;
    new Redraw(this, store.own, store.statuses, store.legends, store.baseMaps, store.missing, app.visibility, app.zoom, language);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('layers') || !this.layers.length) return;
    store.start(this.layers);
    this.#groups = withGround(buildTree(this.layers));
    // What is open at first leaves room for the heads of all groups.
    const few = this.#groups.filter((group) => layersBelow(group).length <= FEW);
    for (const each of [GROUND.zh, ...opening(few, store.isOn)]) this.#opened.add(each);
  }

  // Of what is seen, one row must be reachable by Tab, also when the one that was is hidden now.
  protected override updated(): void {
    const rows = this.#rows();
    if (rows[0] && !rows.some((row) => row.tabIndex === 0)) rows[0].tabIndex = 0;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.open) return nothing;
    const on = this.layers.filter(store.isOn).length;
    return html`<div class="search">
        <input type="search" id="layer-search" placeholder=${say('search', { n: this.layers.length })} aria-label=${say('search', { n: this.layers.length })} .value=${this.#search} @input=${(event: Event) => this.#find(event)} @keydown=${(event: KeyboardEvent) => this.#leaveSearch(event)} />
        ${this.#search ? html`<button class="icon-button small" aria-label=${say('search.clear')} @click=${() => this.#clear()}>${closeIcon}</button>` : nothing}
      </div>
      <div role="tablist" aria-label=${t('layers.heading')} @keydown=${(event: KeyboardEvent) => this.#switchTab(event)}>
        ${this.#tabButton('all', say('tab.all'))}${this.#tabButton('shown', say('tab.shown', { n: on }))}
      </div>
      <div class="list" id="layer-list" role="tabpanel" aria-labelledby=${`layer-tab-${this.#tab}`} tabindex="-1" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        ${store.missing.current ? html`<p class="note missing">${say('missing', { n: store.missing.current })}</p>` : nothing}
        ${this.#tab === 'all' ? this.#tree() : shownList(this.layers, this.#more, (name) => this.#turnMore(name))}
      </div>`;
  }

  #tabButton(tab: Tab, text: string): TemplateResult {
    const chosen = this.#tab === tab;
    return html`<button role="tab" id=${`layer-tab-${tab}`} aria-selected=${chosen ? 'true' : 'false'} aria-controls="layer-list" tabindex=${chosen ? 0 : -1} @click=${() => this.#choose(tab)}>${text}</button>`;
  }

  #choose(tab: Tab): void {
    this.#tab = tab;
    this.requestUpdate();
  }

  #switchTab(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.#choose(this.#tab === 'all' ? 'shown' : 'all');
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus());
  }

  #find(event: Event): void {
    this.#search = (event.target as HTMLInputElement).value;
    this.#choose('all');
  }

  #leaveSearch(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.#rows()[0]?.focus();
    } else if (event.key === 'Escape' && this.#search) {
      event.preventDefault();
      event.stopPropagation();
      this.#clear();
    }
  }

  #clear(): void {
    this.#search = '';
    this.requestUpdate();
    this.renderRoot.querySelector<HTMLElement>('#layer-search')?.focus();
  }

  #tree(): TemplateResult {
    const found = filterTree(this.#groups, this.#search);
    const count = found.reduce((sum, group) => sum + layersBelow(group).length, 0);
    const note = this.#search.trim() ? (count ? say('search.found', { n: count }) : say('search.nothing', { text: this.#search.trim() })) : '';
    return html`<p class="note" role="status" ?hidden=${!note}>${note}</p>
      ${found.map((group) => this.#group(group, 0))}`;
  }

  #group(group: Group, depth: number): TemplateResult {
    const open = this.#search.trim() !== '' || this.#opened.has(group.path);
    const name = pick(group.title.zh, group.title.en);
    const turn = (): void => this.#turn(group.path);
    return html`<div role="group" aria-label=${name}>
      <div class="row group depth-${depth}">
        <button class="icon-button small turn" tabindex="-1" aria-label=${say(open ? 'group.close' : 'group.open', { name })} aria-expanded=${open ? 'true' : 'false'} @click=${turn}>${chevronIcon}</button>
        ${isGround(group) ? this.#plainTitle(group, name, turn) : this.#groupBox(group, name)}
      </div>
      ${open ? this.#inside(group, depth) : nothing}
    </div>`;
  }

  #plainTitle(group: Group, name: string, turn: () => void): TemplateResult {
    return html`<label @click=${turn}><button class="visually-hidden" data-row data-group=${group.path} tabindex=${this.#tabIndex(group.path)} @focus=${() => this.#stand(group.path)}>${name}</button><span class="name">${name}</span></label>`;
  }

  #groupBox(group: Group, name: string): TemplateResult {
    const below = layersBelow(group);
    const on = below.filter(store.isOn).length;
    const state = marked(group, store.isOn);
    return html`<label title=${say('group.of', { name, all: below.length, on })}>
      <input type="checkbox" data-row data-group=${group.path} aria-label=${say('group.all', { name })} tabindex=${this.#tabIndex(group.path)} .indeterminate=${state === 'some'} .checked=${state === 'all'} @focus=${() => this.#stand(group.path)} @change=${() => this.#turnAll(group)} />
      <span class="name">${highlighted(name, this.#search)}</span>
      <span class="count">${on ? html`<b>${on}</b>/` : nothing}${below.length}</span>
    </label>`;
  }

  // What a search shows of a group is what a click on it is about.
  #turnAll(group: Group): void {
    store.turn(layersBelow(group), marked(group, store.isOn) !== 'all');
    this.requestUpdate();
  }

  #inside(group: Group, depth: number): TemplateResult {
    return html`${isGround(group) && !this.#search.trim() ? this.#bases(depth + 1) : nothing}
      ${group.layers.map((layer) => this.#leaf(layer, depth + 1))}
      ${group.groups.map((each) => this.#group(each, depth + 1))}`;
  }

  #leaf(layer: TreeLayer, depth: number): TemplateResult {
    const on = store.isOn(layer);
    const open = on && this.#more === layer.name;
    return html`<div class="row leaf depth-${depth}">
        <label title=${layer.description ?? ''}>
          <input type="checkbox" name=${layer.name} data-row tabindex=${this.#tabIndex(layer.name)} .checked=${on} @focus=${() => this.#stand(layer.name)} @change=${(event: Event) => this.#check(layer, event)} />
          <span class="sample">${sample(layer)}</span>
          <span class="name">${highlighted(store.titleOf(layer), this.#search)}</span>
        </label>
        ${badge(layer)} ${on ? moreButton(layer, open, () => this.#turnMore(layer.name)) : nothing}
      </div>
      ${open ? html`<div class="depth-${depth}">${details(layer)}</div>` : this.#cityLegend(layer, on, depth)}`;
  }

  #cityLegend(layer: TreeLayer, on: boolean, depth: number): TemplateResult | typeof nothing {
    if (!on || !isLayerName(layer.name) || layer.name === 'base') return nothing;
    const found = legend(layer);
    return found === nothing ? nothing : html`<div class="depth-${depth} under">${found}</div>`;
  }

  #check(layer: TreeLayer, event: Event): void {
    store.turn([layer], (event.target as HTMLInputElement).checked);
    // A layer that could not be switched on stays off, whatever the box shows.
    this.requestUpdate();
  }

  #bases(depth: number): TemplateResult {
    const shown = app.visibility.current.base ? (store.shownBase()?.name ?? '') : null;
    const choices = [...store.baseMaps.current.map((one) => [one.name, pick(one.title, one.title_en)] as const)];
    return html`<div role="radiogroup" aria-label=${say('base.heading')}>
      ${this.#base('', say('base.offline'), shown === '', depth, () => store.chooseBase(''))}
      ${choices.map(([name, title]) => this.#base(name, title, shown === name, depth, () => store.chooseBase(name)))}
      ${this.#base('-', say('base.none'), shown === null, depth, () => app.setLayerVisible('base', false))}
    </div>`;
  }

  #base(name: string, title: string, chosen: boolean, depth: number, choose: () => void): TemplateResult {
    return html`<div class="row leaf depth-${depth}">
      <label><input type="radio" name="base-map" value=${name} .checked=${chosen} @change=${choose} /><span class="name">${title}</span></label>
    </div>`;
  }

  #turn(path: string, open = !this.#opened.has(path)): void {
    if (open) this.#opened.add(path);
    else this.#opened.delete(path);
    this.requestUpdate();
  }

  #turnMore(name: string): void {
    this.#more = this.#more === name ? '' : name;
    this.requestUpdate();
  }

  // One row can be reached by Tab; arrows go from row to row.
  #tabIndex(key: string): number {
    return key === (this.#at || this.#groups[0]?.path) ? 0 : -1;
  }

  #stand(key: string): void {
    if (this.#at === key) return;
    this.#at = key;
    this.requestUpdate();
  }

  #rows(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[data-row]')];
  }

  #key(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    if (!row.matches('[data-row]')) return;
    const rows = this.#rows();
    const at = rows.indexOf(row);
    const next = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows.at(-1) }[event.key];
    const path = row.dataset['group'];
    if (next) next.focus();
    else if (path !== undefined && event.key === 'ArrowRight') this.#turn(path, true);
    else if (path !== undefined && event.key === 'ArrowLeft') this.#turn(path, false);
    else return;
    event.preventDefault();
  }
}

const isGround = (group: Group): boolean => group.path === GROUND.zh;

// Base maps are no layers of the catalogue; their group is there all the same, below all others as on the map.
function withGround(groups: readonly Group[]): readonly Group[] {
  const there = groups.find(isGround) ?? { path: GROUND.zh, title: GROUND, layers: [], groups: [] };
  return [...groups.filter((group) => !isGround(group)), there];
}

customElements.define('cg-layer-tree', LayerTree);
