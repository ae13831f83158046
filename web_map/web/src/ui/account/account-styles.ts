import { css } from 'lit';

export const accountStyles = css`
  dialog {
    /* The same for every tab, or the dialog would jump. */
    height: min(680px, calc(100vh - 64px));
    overflow: hidden;
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  header {
    padding-bottom: 4px;
  }
  .tabs {
    display: flex;
    flex: none;
    padding: 0 16px;
    border-bottom: 1px solid var(--line);
  }
  .tabs button {
    min-height: 40px;
    padding: 0 8px;
    border: 0;
    border-bottom: 2px solid transparent;
    margin: 0 4px -1px 0;
    background: none;
    color: var(--ink-2);
    white-space: nowrap;
  }
  .tabs button:focus-visible {
    outline-offset: -2px;
  }
  .tabs button[aria-selected="true"] {
    border-color: var(--accent);
    color: var(--accent-strong);
    font-weight: 600;
  }
  .body {
    overflow: auto;
    flex: 1;
    padding: 20px 24px 24px;
    overscroll-behavior: contain;
  }
  .body > [role="status"] .message {
    margin-bottom: 14px;
  }
  .person {
    display: flex;
    align-items: center;
    gap: 14px;
  }
  .person strong {
    font-size: 17px;
  }
  .person p {
    color: var(--ink-2);
    font-size: 13px;
  }
  .avatar {
    display: grid;
    width: 48px;
    height: 48px;
    flex: none;
    place-items: center;
    border-radius: 50%;
    background: var(--accent-weak);
    color: var(--accent-strong);
    font-size: 19px;
    font-weight: 600;
  }
  .facts {
    display: grid;
    margin-top: 18px;
    grid-template-columns: auto 1fr;
  }
  .facts dt,
  .facts dd {
    padding: 9px 0;
    border-top: 1px solid var(--line);
    overflow-wrap: anywhere;
  }
  .facts dt {
    padding-right: 24px;
    color: var(--ink-3);
  }
  .hint {
    padding: 10px 12px;
    border-radius: 8px;
    margin-top: 12px;
    background: var(--surface-2);
    color: var(--ink-2);
    font-size: 13px;
  }
  @media (max-width: 640px) {
    dialog {
      width: 100vw;
      max-width: none;
      height: 100dvh;
      max-height: none;
      border-radius: 0;
    }
    header {
      padding-left: 16px;
    }
    .tabs {
      padding: 0 8px;
    }
    .body {
      padding: 16px;
    }
  }
`;
