import { css } from 'lit';

/** Styles every element of the page shares: controls, cards, badges, focus. */
export const shared = css`
  :host {
    box-sizing: border-box;
    color: var(--ink);
    font: 14px/1.5 var(--sans);
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  ul,
  ol {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  button,
  input,
  select {
    color: inherit;
    font: inherit;
  }
  button {
    cursor: pointer;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .card {
    border-radius: var(--radius);
    background: var(--surface);
    box-shadow: var(--shadow);
  }
  .button {
    display: inline-flex;
    min-height: 34px;
    align-items: center;
    justify-content: center;
    gap: 6px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--surface);
    white-space: nowrap;
  }
  .button:hover {
    border-color: var(--edge);
    background: var(--surface-2);
  }
  .button.primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  .button.primary:hover {
    background: var(--accent-strong);
  }
  .icon-button {
    display: inline-grid;
    width: 32px;
    height: 32px;
    flex: none;
    place-items: center;
    padding: 0;
    border: 0;
    border-radius: 8px;
    background: transparent;
    color: var(--ink-2);
  }
  .icon-button:hover {
    background: var(--surface-2);
    color: var(--ink);
  }
  .icon-button.small {
    width: 26px;
    height: 26px;
    border-radius: 6px;
  }
  .badge {
    display: inline-block;
    flex: none;
    padding: 0 6px;
    border-radius: 4px;
    background: var(--surface-2);
    box-shadow: inset 0 0 0 1px var(--line);
    color: var(--ink-3);
    font-size: 11px;
    font-weight: 500;
    line-height: 17px;
    white-space: nowrap;
  }
  .badge.good {
    background: var(--good-weak);
    box-shadow: none;
    color: var(--good);
  }
  .badge.warn {
    background: var(--warn-weak);
    box-shadow: none;
    color: var(--warn);
  }
  .mono {
    font-family: var(--mono);
    font-variant-numeric: tabular-nums;
  }
  .muted {
    color: var(--ink-3);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .spinner {
    display: inline-block;
    width: 14px;
    height: 14px;
    border: 2px solid var(--line);
    border-top-color: var(--accent);
    border-radius: 50%;
    animation: turn 0.8s linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .spinner {
      animation-duration: 4s;
    }
  }
`;
