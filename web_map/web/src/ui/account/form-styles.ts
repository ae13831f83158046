import { css } from 'lit';

/** Fields, messages and buttons of the forms of an account. */
export const formStyles = css`
  form {
    display: grid;
    gap: 14px;
  }
  label.field {
    display: grid;
    min-width: 0;
    gap: 5px;
    color: var(--ink-2);
    font-size: 13px;
    font-weight: 500;
  }
  .field input,
  .field select {
    width: 100%;
    min-width: 0;
    height: 40px;
    padding: 0 12px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--field);
    color: var(--ink);
    font-size: 15px;
    font-weight: 400;
  }
  .field select {
    padding: 0 8px;
  }
  .field input:focus,
  .field select:focus {
    border-color: var(--accent);
    outline: 3px solid var(--accent-weak);
  }
  .field input[aria-invalid="true"] {
    border-color: var(--bad);
  }
  .check {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    color: var(--ink-2);
    font-size: 13px;
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 16px;
    height: 16px;
    flex: none;
    margin: 0;
    accent-color: var(--accent);
  }
  .message {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 9px 12px;
    border-radius: 8px;
    background: var(--bad-weak);
    color: var(--bad);
    font-size: 13px;
  }
  .message svg {
    flex: none;
  }
  .message.good {
    background: var(--good-weak);
    color: var(--good);
  }
  .message.calm {
    background: var(--warn-weak);
    color: var(--warn);
  }
  .button.primary {
    min-height: 40px;
    padding: 0 18px;
  }
  .button:disabled {
    opacity: 0.6;
    cursor: default;
  }
  .button.danger {
    border-color: var(--bad);
    background: var(--bad);
    color: var(--on-accent);
    font-weight: 600;
  }
  .button.danger:hover {
    background: #8f2018;
  }
  .primary .spinner {
    border-color: rgb(255 255 255 / 0.4);
    border-top-color: #fff;
  }
`;
