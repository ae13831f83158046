import { css } from 'lit';

export const clearStyles = css`
  :host {
    display: block;
    margin-top: 10px;
  }
  .show {
    font-size: 13px;
  }
  form,
  .clear {
    padding: 12px 14px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--surface-2);
  }
  form {
    gap: 10px;
  }
  fieldset {
    display: grid;
    padding: 0;
    border: 0;
    margin: 0;
    gap: 2px;
  }
  legend {
    padding: 0;
    margin-bottom: 4px;
    font-size: 13px;
    font-weight: 600;
  }
  .check {
    min-height: 28px;
    color: var(--ink);
  }
  .field input {
    height: 36px;
    font-size: 14px;
  }
  .actions {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
  }
  .actions .button.primary {
    min-height: 34px;
  }
  .record {
    color: var(--ink-3);
    font-size: 12px;
  }
  .clear {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    border-color: var(--edge);
    background: var(--accent-weak);
    gap: 4px 16px;
  }
  .clear:focus {
    outline: none;
  }
  .clear:focus-visible {
    outline: 2px solid var(--accent);
  }
  .clear strong {
    font-size: 16px;
  }
  .clear a {
    display: inline-flex;
    align-items: center;
    color: var(--accent-strong);
    font-size: 16px;
    font-weight: 600;
    gap: 5px;
  }
  .clear p {
    display: flex;
    width: 100%;
    flex-wrap: wrap;
    align-items: center;
    color: var(--ink-2);
    font-size: 12px;
    gap: 0 10px;
  }
  .left {
    font-variant-numeric: tabular-nums;
  }
  .link {
    padding: 2px 0;
    border: 0;
    margin-left: auto;
    background: none;
    color: var(--accent-strong);
    text-decoration: underline;
  }
  .message {
    margin-top: 8px;
  }
  @media (max-width: 640px) {
    .field input {
      font-size: 16px;
    }
    .check {
      min-height: 36px;
    }
  }
`;
