import { css } from 'lit';

export const keyListStyles = css`
  [role="status"] .message,
  [role="alert"] .message {
    margin-bottom: 14px;
  }
  section + section {
    margin-top: 24px;
  }
  h3 {
    margin-bottom: 6px;
    color: var(--ink-3);
    font-size: 12px;
    font-weight: 600;
    letter-spacing: 0.02em;
  }
  .loading {
    display: flex;
    align-items: center;
    gap: 10px;
    color: var(--ink-2);
  }
  li {
    display: grid;
    align-items: center;
    padding: 10px 0;
    border-top: 1px solid var(--line);
    gap: 4px 12px;
    grid-template-columns: 34px minmax(0, 1fr) auto;
  }
  .icon {
    display: grid;
    width: 34px;
    height: 34px;
    align-self: start;
    place-items: center;
    border-radius: 8px;
    background: var(--surface-2);
    color: var(--ink-2);
  }
  .name {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 8px;
  }
  .name strong {
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
  }
  .what {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .what .muted {
    font-size: 12px;
  }
  .revoke {
    color: var(--bad);
  }
  .question {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    padding: 10px 12px;
    border-radius: 8px;
    background: var(--bad-weak);
    font-size: 13px;
    gap: 8px;
    grid-column: 1 / -1;
  }
  .question p {
    flex: 1 1 260px;
    color: var(--bad);
  }
`;
