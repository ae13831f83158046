import { css } from 'lit';

export const keyFormStyles = css`
  :host {
    display: block;
    margin-top: 10px;
  }
  .box {
    padding: 14px 16px 16px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--surface-2);
    color: var(--ink-2);
    font-size: 13px;
  }
  .pair {
    display: grid;
    gap: 12px;
    grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
  }
  .actions {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
  }
  .actions .button {
    min-height: 40px;
  }
  .made {
    display: grid;
    gap: 12px;
  }
  h4 {
    margin: 0;
    color: var(--ink);
    font-size: 15px;
  }
  h4:focus {
    outline: none;
  }
  .readable {
    display: flex;
    align-items: end;
    gap: 8px;
  }
  .readable .field {
    flex: 1;
  }
  .readable .mono {
    font-size: 13px;
    text-overflow: ellipsis;
  }
  .readable .button {
    min-width: 104px;
    min-height: 40px;
    flex: none;
    padding: 0 12px;
  }
  .said {
    min-height: 20px;
    margin: -6px 0;
    color: var(--accent-strong);
  }
  ol {
    padding-left: 1.3em;
    list-style: decimal;
  }
  li + li {
    margin-top: 4px;
  }
  @media (max-width: 640px) {
    .readable {
      display: grid;
    }
  }
`;
