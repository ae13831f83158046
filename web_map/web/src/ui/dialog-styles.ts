import { css } from 'lit';

/** A modal dialog: a card in the middle, the whole screen on a phone. */
export const dialogStyles = css`
  dialog {
    width: min(560px, calc(100vw - 32px));
    max-height: calc(100vh - 64px);
    padding: 0;
    border: 0;
    border-radius: var(--radius);
    box-shadow: var(--shadow);
    color: var(--ink);
  }
  dialog::backdrop {
    background: rgb(22 33 44 / 0.35);
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 16px 12px 12px 24px;
  }
  h2 {
    font-size: 18px;
  }
  h3 {
    margin-bottom: 4px;
    font-size: 14px;
  }
`;
