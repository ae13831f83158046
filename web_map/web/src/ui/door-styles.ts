import { css } from 'lit';

/** What stands before the city: the log-in, and the change of a password that must be changed. */
export const doorStyles = css`
  :host {
    position: fixed;
    z-index: 4;
    inset: 0;
    display: grid;
    overflow: auto;
    place-items: center;
    padding: 24px;
    background: rgb(246 247 248 / 0.55);
    backdrop-filter: blur(3px);
  }
  .card {
    width: min(380px, 100%);
    padding: 32px;
  }
  header {
    display: flex;
    align-items: center;
    gap: 12px;
    margin-bottom: 24px;
  }
  h1 {
    font-size: 20px;
    line-height: 1.25;
  }
  header p {
    color: var(--ink-3);
    font-size: 13px;
  }
  form {
    display: grid;
    gap: 16px;
  }
  label {
    display: grid;
    gap: 6px;
    color: var(--ink-2);
    font-size: 13px;
    font-weight: 500;
  }
  input {
    height: 42px;
    padding: 0 12px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--field);
    color: var(--ink);
    font-size: 15px;
  }
  input:focus {
    border-color: var(--accent);
    outline: 3px solid var(--accent-weak);
  }
  .primary {
    height: 42px;
    margin-top: 4px;
    font-size: 15px;
  }
  .message {
    display: flex;
    align-items: center;
    margin-bottom: 16px;
    gap: 8px;
    padding: 9px 12px;
    border-radius: 8px;
    background: var(--bad-weak);
    color: var(--bad);
    font-size: 13px;
  }
  .message.calm {
    background: var(--accent-weak);
    color: var(--accent-strong);
  }
  footer {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    margin-top: 20px;
    color: var(--ink-3);
    font-size: 12px;
  }
  .message svg {
    flex: none;
  }
  .button.plain {
    border: 0;
    color: var(--ink-2);
    font-size: 13px;
  }
  .primary:disabled {
    border-color: var(--line);
    background: var(--surface-2);
    color: var(--ink-2);
    cursor: default;
    font-variant-numeric: tabular-nums;
  }
  .or {
    display: flex;
    align-items: center;
    margin: 16px 0;
    color: var(--ink-3);
    font-size: 12px;
    gap: 12px;
  }
  .or::before,
  .or::after {
    height: 1px;
    flex: 1;
    background: var(--line);
    content: "";
  }
  .sign-on {
    width: 100%;
    height: 42px;
    color: var(--ink);
    font-size: 15px;
    text-decoration: none;
  }
  .primary .spinner {
    border-color: rgb(255 255 255 / 0.4);
    border-top-color: #fff;
  }
`;
