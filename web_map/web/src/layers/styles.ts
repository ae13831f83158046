import { css } from 'lit';

/** The look of the tree of layers. */
export const treeStyles = css`
  :host {
    --sign-rim: var(--ink-3);
    display: flex;
    min-height: 0;
    flex-direction: column;
    font-size: 13px;
  }
  .search {
    position: relative;
    flex: none;
    padding: 0 10px 8px;
  }
  .search input {
    width: 100%;
    height: 34px;
    padding: 0 32px 0 10px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--surface-2);
  }
  .search .icon-button {
    position: absolute;
    top: 4px;
    right: 14px;
  }
  [role="tablist"] {
    display: flex;
    flex: none;
    gap: 4px;
    padding: 0 10px;
    border-bottom: 1px solid var(--line);
  }
  [role="tab"] {
    min-height: 32px;
    padding: 0 8px;
    border: 0;
    border-bottom: 2px solid transparent;
    background: none;
    color: var(--ink-2);
    white-space: nowrap;
  }
  [role="tab"][aria-selected="true"] {
    border-bottom-color: var(--accent);
    color: var(--ink);
    font-weight: 600;
  }
  .list {
    overflow: auto;
    min-height: 0;
    padding: 6px 6px 10px;
    overscroll-behavior: contain;
    scrollbar-width: thin;
  }
  .depth-1 {
    --depth: 1;
  }
  .depth-2 {
    --depth: 2;
  }
  .depth-3 {
    --depth: 3;
  }
  .depth-4 {
    --depth: 4;
  }
  .row {
    display: flex;
    min-height: 30px;
    align-items: center;
    gap: 2px;
    padding: 0 4px 0 calc(2px + var(--depth, 0) * 14px);
    border-radius: 7px;
  }
  .row:hover {
    background: var(--surface-2);
  }
  .row label {
    display: flex;
    overflow: hidden;
    min-height: 30px;
    flex: 1 1 auto;
    align-items: center;
    gap: 7px;
    cursor: pointer;
  }
  .row .name {
    overflow: hidden;
    line-height: 1.3;
    overflow-wrap: anywhere;
  }
  .grow {
    flex: 1 1 auto;
    padding: 3px 0 3px 4px;
  }
  .row.group .name {
    font-weight: 600;
  }
  .row .off {
    color: var(--ink-3);
  }
  .row.leaf label {
    padding-left: 6px;
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 15px;
    height: 15px;
    flex: none;
    margin: 0;
    accent-color: var(--accent);
  }
  .sample {
    display: grid;
    width: 22px;
    flex: none;
    place-items: center;
  }
  .count,
  .far {
    flex: none;
    margin-left: auto;
    padding: 0 4px;
    color: var(--ink-3);
    font-size: 11px;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .count b {
    color: var(--accent);
  }
  .spinner {
    flex: none;
    width: 12px;
    height: 12px;
    margin: 0 5px;
  }
  .stale {
    display: grid;
    flex: none;
    padding: 0 4px;
    color: var(--warn);
  }
  .bad {
    color: var(--bad);
  }
  .turn svg {
    transition: transform 0.15s;
  }
  .turn svg {
    transform: rotate(-90deg);
  }
  .turn[aria-expanded="true"] svg {
    transform: none;
  }
  .more.open {
    background: var(--accent-weak);
    color: var(--accent);
  }
  .details {
    display: grid;
    gap: 6px;
    padding: 2px 10px 10px calc(52px + var(--depth, 0) * 14px);
  }
  .slide {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--ink-2);
    font-size: 12px;
    white-space: nowrap;
  }
  .slide input {
    min-width: 40px;
    flex: 1 1 auto;
    accent-color: var(--accent);
  }
  .slide output {
    min-width: 34px;
    font-variant-numeric: tabular-nums;
    text-align: right;
  }
  .link {
    display: inline-flex;
    min-height: 26px;
    align-items: center;
    gap: 5px;
    justify-self: start;
    padding: 0;
    border: 0;
    background: none;
    color: var(--accent);
    font-size: 12px;
  }
  .link:hover {
    text-decoration: underline;
  }
  .link svg {
    width: 15px;
    height: 15px;
  }
  .legend {
    display: grid;
    color: var(--ink-2);
    font-size: 12px;
    gap: 2px 10px;
  }
  .legend.two {
    grid-template-columns: 1fr 1fr;
  }
  .under {
    padding: 0 6px 6px calc(28px + var(--depth, 0) * 14px);
  }
  .legend li {
    display: flex;
    min-height: 20px;
    align-items: center;
    gap: 7px;
    line-height: 1.25;
  }
  .legend .slot {
    display: grid;
    width: 24px;
    flex: none;
    place-items: center;
  }
  .note {
    color: var(--ink-3);
    font-size: 12px;
  }
  .list > .note {
    padding: 6px 8px;
  }
  .list > .missing {
    margin: 2px 2px 6px;
    border-radius: 7px;
    background: var(--warn-weak);
    color: var(--warn);
  }
  h3 {
    padding: 8px 8px 2px;
    color: var(--ink-3);
    font-size: 12px;
    font-weight: 600;
  }
  mark {
    border-radius: 2px;
    background: var(--warn-weak);
    color: inherit;
  }
  .moves {
    display: flex;
    flex: none;
  }
  .moves .icon-button:disabled {
    opacity: 0.3;
    cursor: default;
  }
  .up svg {
    transform: rotate(180deg);
  }
  .bottom {
    padding: 6px 8px 0;
  }
  @media (pointer: coarse) {
    .row,
    .row label {
      min-height: 40px;
    }
    .icon-button.small {
      width: 36px;
      height: 36px;
    }
    input[type="checkbox"],
    input[type="radio"] {
      width: 19px;
      height: 19px;
    }
  }
`;
