import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pickName } from '../../i18n';
import { Redraw } from '../../state/value';
import { searchIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { selected, select } from '../state/drawing';
import { canEdit, operate, plan } from '../state/plan';
import { goToUnit } from '../state/view';
import { depth, find, found, loadTree, open, readMore, toggleOpen, TOP, tree, type Tree } from '../state/tree';
import type { Node } from '../wire';
import { figure, say } from '../words';
import { rightIcon } from './icons';
import { panelStyles } from './panel-styles';

/** A closed unit that something is dragged over opens after this. */
const OPENS_MS = 600;

/** All units as a tree: find one, go there, or drag it to another parent. */
class UnitTree extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      display: flex;
      min-height: 0;
      flex: 1;
      flex-direction: column;
    }
    .search {
      position: relative;
      padding: 0 12px 8px;
    }
    .search svg {
      position: absolute;
      top: 8px;
      left: 21px;
      color: var(--ink-3);
    }
    .search input {
      padding-left: 34px;
    }
    [role="tree"] {
      flex: 1;
      padding: 0 6px 12px;
      overflow-y: auto;
    }
    [role="treeitem"] {
      display: flex;
      min-height: 30px;
      align-items: center;
      padding: 2px 8px;
      border-radius: 6px;
      cursor: pointer;
      gap: 4px;
    }
    [role="treeitem"]:hover {
      background: var(--surface-2);
    }
    [role="treeitem"][aria-selected="true"] {
      background: var(--accent-weak);
      color: var(--accent-strong);
      font-weight: 600;
    }
    [role="treeitem"].over {
      box-shadow: inset 0 0 0 2px var(--accent);
    }
    .level-2 {
      padding-left: 20px;
    }
    .level-3 {
      padding-left: 36px;
    }
    .level-4 {
      padding-left: 52px;
    }
    .level-5 {
      padding-left: 68px;
    }
    .twist {
      display: grid;
      width: 20px;
      height: 24px;
      flex: none;
      padding: 0;
      border: 0;
      background: none;
      color: var(--ink-3);
      place-items: center;
    }
    .twist svg {
      transition: transform 0.1s;
    }
    .twist.open svg {
      transform: rotate(90deg);
    }
    .code {
      flex: none;
      color: var(--ink-3);
      font-size: 12px;
      font-weight: 400;
    }
    .more {
      margin: 4px 0 4px 56px;
    }
    .hint {
      padding: 0 16px 8px;
      color: var(--ink-3);
      font-size: 12px;
    }
  `];

  #text = '';
  #dragged: Node | null = null;
  #over: string | null = null;
  #opens: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    new Redraw(this, tree, depth, found, open, selected, plan, language);
  }

  protected override render(): TemplateResult {
    const read = tree.current;
    return html`<div class="search">
        ${searchIcon}
        <input id="find-unit" type="search" placeholder=${say('tree.search')} aria-label=${say('tree.search')} autocomplete="off" @input=${(event: InputEvent) => this.#find(event)} />
      </div>
      ${read.state === 'loading' ? html`<p class="empty"><i class="spinner"></i></p>` : nothing}
      ${read.state === 'failed' ? html`<p class="pad"><span class="alarm">${read.reason}</span> <button class="button slim" @click=${() => void loadTree()}>${say('again')}</button></p>` : nothing}
      ${read.state === 'ready' ? this.#tree(read.value) : nothing}`;
  }

  #shown = '';

  // Whoever clicks a grid on the map finds it in the tree without looking for it.
  protected override updated(): void {
    const [first = ''] = selected.current;
    if (first === this.#shown) return;
    const item = [...this.renderRoot.querySelectorAll<HTMLElement>('[role="treeitem"]')].find((one) => one.dataset['id'] === first);
    if (first && !item) return;
    this.#shown = first;
    item?.scrollIntoView({ block: 'nearest' });
  }

  #tree(here: Tree): TemplateResult {
    const hits = this.#text ? found.current : null;
    if (hits?.state === 'failed') return html`<p class="pad"><span class="alarm">${hits.reason}</span></p>`;
    if (this.#text && hits?.state !== 'ready') return html`<p class="empty"><i class="spinner"></i></p>`;
    if (hits?.state === 'ready' && !hits.value.length) return html`<p class="empty">${say('tree.nothing', { text: this.#text })}</p>`;
    return html`${canEdit() && !hits && depth.current > 1 ? html`<p class="hint">${say('tree.drag')}</p>` : nothing}
      <div role="tree" aria-label=${say('tree.label')} @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        ${hits?.state === 'ready' ? hits.value.map((one) => this.#item(here, here.leaves.get(one.id) ?? one, true)) : this.#below(here, TOP)}
      </div>`;
  }

  // What was looked for may lie beyond what has been read: it is shown all the same.
  #below(here: Tree, above: string): TemplateResult {
    const page = here.pages.get(above);
    if (!page) return html`<p class="hint"><i class="spinner"></i></p>`;
    const [first] = selected.current;
    const isBeyond = first && !page.ids.includes(first) && here.leaves.get(first)?.parent === above;
    const ids = isBeyond ? [...page.ids, first] : page.ids;
    return html`${ids.map((id) => this.#branch(here, here.leaves.get(id)))}
      ${page.more ? html`<button class="button slim more" data-more=${above} @click=${() => readMore(above)}>${say('tree.more')}</button>` : nothing}`;
  }

  #branch(here: Tree, leaf: Node | undefined): TemplateResult | typeof nothing {
    if (!leaf) return nothing;
    return html`${this.#item(here, leaf, false)}${leaf.children && open.current.has(leaf.id) ? this.#below(here, leaf.id) : nothing}`;
  }

  #item(here: Tree, leaf: Node, isFlat: boolean): TemplateResult {
    const below = leaf.children;
    const isOpen = open.current.has(leaf.id);
    const movable = canEdit() && leaf.level > 1;
    return html`<div
      role="treeitem"
      tabindex=${this.#isFirst(here, leaf) ? 0 : -1}
      data-id=${leaf.id}
      class="${isFlat ? '' : `level-${leaf.level}`} ${this.#over === leaf.id && this.#takes(leaf) ? 'over' : ''}"
      aria-level=${leaf.level}
      aria-selected=${selected.current.includes(leaf.id) ? 'true' : 'false'}
      aria-expanded=${below ? (isOpen ? 'true' : 'false') : nothing}
      draggable=${movable ? 'true' : 'false'}
      title=${leaf.code ?? say('unit.noCode')}
      @click=${() => this.#go(leaf)}
      @dragstart=${(event: DragEvent) => this.#lift(event, leaf)}
      @dragover=${(event: DragEvent) => this.#hoverOver(event, leaf)}
      @dragleave=${() => this.#light(null)}
      @drop=${(event: DragEvent) => void this.#drop(event, leaf)}
      @dragend=${() => this.#light(null)}
    >
      ${below && !isFlat
        ? html`<button class="twist ${isOpen ? 'open' : ''}" tabindex="-1" aria-hidden="true" @click=${(event: Event) => twist(event, leaf)}>${rightIcon}</button>`
        : html`<span class="twist"></span>`}
      <span class="grow cut">${pickName(leaf)}</span>
      <span class="code mono">${below ? figure(below) : (leaf.code?.slice(-3) ?? say('unit.new'))}</span>
    </div>`;
  }

  // One stop for the Tab key: the selected unit, else the first.
  #isFirst(here: Tree, leaf: Node): boolean {
    return selected.current.length ? selected.current[0] === leaf.id : here.pages.get(TOP)?.ids[0] === leaf.id;
  }

  #find(event: InputEvent): void {
    this.#text = (event.target as HTMLInputElement).value.trim();
    find(this.#text);
    this.requestUpdate();
  }

  #go(leaf: Node): void {
    select(leaf.id);
    void goToUnit(leaf);
  }

  #lift(event: DragEvent, leaf: Node): void {
    this.#dragged = leaf;
    event.dataTransfer?.setData('text/plain', leaf.code ?? leaf.name);
  }

  #takes(leaf: Node): boolean {
    return !!this.#dragged && leaf.level === this.#dragged.level - 1 && leaf.id !== this.#dragged.parent;
  }

  #hoverOver(event: DragEvent, leaf: Node): void {
    const isClosed = leaf.children > 0 && !open.current.has(leaf.id);
    if (this.#over !== leaf.id) clearTimeout(this.#opens);
    if (isClosed && this.#over !== leaf.id) this.#opens = setTimeout(() => open.current.has(leaf.id) || toggleOpen(leaf.id), OPENS_MS);
    this.#light(leaf.id);
    if (this.#takes(leaf)) event.preventDefault();
  }

  #light(id: string | null): void {
    if (id === null) clearTimeout(this.#opens);
    if (this.#over === id) return;
    this.#over = id;
    this.requestUpdate();
  }

  async #drop(event: DragEvent, leaf: Node): Promise<void> {
    event.preventDefault();
    const dragged = this.#dragged;
    const takes = this.#takes(leaf);
    this.#dragged = null;
    this.#light(null);
    if (dragged && takes) await operate({ op: 'migrate', units: [dragged.id], parent: leaf.id });
  }

  #key(event: KeyboardEvent): void {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('[role="treeitem"]')];
    const at = items.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const id = items[at]!.dataset['id']!;
    const isOpen = open.current.has(id);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) items[Math.max(0, Math.min(next, items.length - 1))]?.focus();
    else if ((event.key === 'ArrowRight' && !isOpen) || (event.key === 'ArrowLeft' && isOpen)) toggleOpen(id);
    else if (event.key === 'Enter' || event.key === ' ') items[at]!.click();
    else return;
    event.preventDefault();
  }
}

function twist(event: Event, leaf: Node): void {
  event.stopPropagation();
  toggleOpen(leaf.id);
}

customElements.define('cg-unit-tree', UnitTree);
