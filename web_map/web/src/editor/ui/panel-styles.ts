import { css } from 'lit';

/** What the panels of the editor share: headings, lists, forms, notes. */
export const panelStyles = css`
  h2 {
    font-size: 15px;
  }
  h3 {
    color: var(--ink-2);
    font-size: 13px;
    font-weight: 600;
  }
  .pad {
    padding: 12px 16px;
  }
  .stack {
    display: grid;
    gap: 10px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .wrap {
    flex-wrap: wrap;
  }
  .push {
    margin-left: auto;
  }
  .grow {
    min-width: 0;
    flex: 1;
  }
  .note {
    color: var(--ink-3);
    font-size: 13px;
  }
  .small {
    font-size: 12px;
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .empty {
    padding: 28px 20px;
    color: var(--ink-3);
    text-align: center;
  }
  .alarm {
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--bad-weak);
    color: var(--bad);
    font-size: 13px;
  }
  .caution {
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--warn-weak);
    color: var(--warn);
    font-size: 13px;
  }
  .calm {
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--good-weak);
    color: var(--good);
    font-size: 13px;
  }
  label {
    display: grid;
    gap: 4px;
    color: var(--ink-2);
    font-size: 13px;
  }
  label.line {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--ink);
  }
  input:not([type="radio"], [type="checkbox"], [type="range"]),
  select,
  textarea {
    width: 100%;
    min-height: 34px;
    padding: 5px 10px;
    border: 1px solid #b9c2cb;
    border-radius: 8px;
    background: var(--surface);
    color: var(--ink);
    font: 14px/1.5 var(--sans);
  }
  textarea {
    min-height: 66px;
    resize: vertical;
  }
  .button[disabled] {
    cursor: not-allowed;
    opacity: 0.45;
  }
  .button.slim {
    min-height: 28px;
    padding: 0 9px;
    font-size: 13px;
  }
  .button.danger {
    border-color: var(--bad);
    color: var(--bad);
  }
  .badge.bad {
    background: var(--bad-weak);
    box-shadow: none;
    color: var(--bad);
  }
  .badge.info {
    background: var(--accent-weak);
    box-shadow: none;
    color: var(--accent-strong);
  }
  .dot {
    display: inline-block;
    width: 10px;
    height: 10px;
    flex: none;
    border-radius: 50%;
  }
  .dot.error {
    background: var(--bad);
  }
  .dot.warning {
    background: #d9820f;
  }
`;
