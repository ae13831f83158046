import { css } from 'lit';

export const searchStyles = css`
  :host {
    position: relative;
    display: block;
  }
  .brand {
    display: flex;
    align-items: center;
    gap: 10px;
    padding: 12px 14px 0;
  }
  h1 {
    overflow: hidden;
    font-size: 15px;
    line-height: 1.3;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .brand p {
    overflow: hidden;
    color: var(--ink-3);
    font-size: 12px;
    line-height: 1.35;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .brand > div {
    min-width: 0;
  }
  form {
    display: flex;
    align-items: center;
    margin: 10px;
    border: 1px solid var(--edge);
    border-radius: 9px;
    background: var(--field);
  }
  form:focus-within {
    border-color: var(--accent);
    box-shadow: 0 0 0 3px var(--accent-weak);
  }
  form > svg {
    flex: none;
    margin-left: 10px;
    color: var(--ink-3);
  }
  #search:focus-visible {
    outline: none;
  }
  search {
    display: flow-root;
  }
  input {
    width: 100%;
    min-width: 0;
    height: 40px;
    flex: 1;
    padding: 0 8px;
    border: 0;
    background: none;
    text-overflow: ellipsis;
  }
  input::placeholder {
    color: var(--ink-3);
    opacity: 1;
  }
  select {
    height: 40px;
    flex: none;
    padding: 0 4px 0 8px;
    border: 0;
    border-left: 1px solid var(--line);
    border-radius: 0 9px 9px 0;
    background: var(--surface-2);
    color: var(--ink-2);
    font-size: 12px;
  }
  .results {
    position: absolute;
    z-index: 1;
    top: calc(100% + 6px);
    right: 0;
    left: 0;
    overflow: hidden;
  }
  /* The scrolling box has no background of its own: Chromium's software compositor would take its
     hidden overflow for opaque and leave the map under it unpainted. */
  .scroll {
    overflow: auto;
    max-height: min(60vh, 480px);
    padding: 6px;
  }
  .assumed {
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 6px 10px 8px;
    color: var(--accent-strong);
    font-size: 12px;
  }
  li {
    display: grid;
    grid-template-columns: auto 1fr auto;
    align-items: center;
    padding: 8px 10px;
    border-radius: 8px;
    column-gap: 10px;
    cursor: pointer;
  }
  li:hover {
    background: var(--surface-2);
  }
  li[aria-selected="true"] {
    background: var(--accent-weak);
  }
  .kind {
    width: 62px;
    color: var(--ink-3);
    font-size: 12px;
  }
  .title {
    overflow: hidden;
    font-weight: 500;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .subtitle {
    overflow: hidden;
    grid-column: 2 / -1;
    color: var(--ink-3);
    font-size: 12px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .note {
    padding: 10px;
    color: var(--ink-2);
  }
  .note p {
    color: var(--ink-3);
    font-size: 12px;
  }
  .note.bad {
    color: var(--bad);
  }
  @media (max-width: 640px) {
    .brand {
      padding: 10px 12px 0;
    }
    .brand svg {
      width: 26px;
      height: 26px;
    }
    .brand p {
      display: none;
    }
    form {
      margin: 8px;
    }
    input {
      font-size: 16px;
    }
  }
`;
