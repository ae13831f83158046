import { css } from 'lit';

export const detailStyles = css`
  :host {
    display: flex;
  }
  .panel {
    display: flex;
    width: 100%;
    min-height: 0;
    flex-direction: column;
    overflow: hidden;
  }
  header {
    display: flex;
    align-items: flex-start;
    gap: 4px;
    padding: 14px 10px 12px 16px;
    border-bottom: 1px solid var(--line);
  }
  header > div {
    min-width: 0;
    flex: 1;
  }
  h2 {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 17px;
    line-height: 1.35;
  }
  .eyebrow {
    color: var(--accent-strong);
    font-size: 12px;
    font-weight: 600;
  }
  .eyebrow:empty {
    display: none;
  }
  .coordinates {
    display: flex;
    align-items: center;
    gap: 2px;
    color: var(--ink-3);
    font-size: 12px;
  }
  .handle {
    display: none;
  }
  .scroll {
    overflow: auto;
    overscroll-behavior: contain;
  }
  section {
    padding: 12px 16px;
  }
  section + section {
    border-top: 1px solid var(--line);
  }
  h3 {
    margin-bottom: 8px;
    color: var(--ink-3);
    font-size: 12px;
    font-weight: 600;
    letter-spacing: 0.02em;
  }
  .ruling {
    display: flex;
    align-items: flex-start;
    gap: 8px;
  }
  .ruling .badge {
    display: inline-flex;
    align-items: center;
    margin-top: 1px;
    gap: 3px;
    font-size: 12px;
    line-height: 20px;
  }
  .facts {
    display: grid;
    grid-template-columns: auto 1fr;
    margin-top: 10px;
    gap: 4px 16px;
    font-size: 13px;
  }
  .facts dt {
    color: var(--ink-3);
  }
  .facts dd {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  section > .facts:first-child {
    margin-top: 0;
  }
  .columns {
    display: flex;
    margin-top: 10px;
    font-size: 13px;
    gap: 4px 24px;
  }
  .columns > div {
    min-width: 0;
  }
  .columns dt {
    color: var(--ink-3);
    font-size: 12px;
    white-space: nowrap;
  }
  .columns dd {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .chain {
    position: relative;
  }
  .chain li {
    position: relative;
    padding: 0 0 6px 20px;
    line-height: 1.4;
  }
  .chain li:last-child {
    padding-bottom: 0;
  }
  .chain li::before {
    position: absolute;
    top: 5px;
    left: 2px;
    width: 9px;
    height: 9px;
    border: 2px solid var(--accent);
    border-radius: 50%;
    background: var(--field);
    content: "";
  }
  .chain li:last-child::before {
    background: var(--accent);
  }
  .chain li:not(:last-child)::after {
    position: absolute;
    top: 16px;
    bottom: -3px;
    left: 5.5px;
    width: 2px;
    background: var(--edge);
    content: "";
  }
  .chain .name {
    display: flex;
    min-width: 0;
    align-items: center;
    gap: 6px;
  }
  .chain .name button {
    overflow: hidden;
    max-width: 100%;
    padding: 0;
    border: 0;
    background: none;
    text-align: left;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .chain .name button:hover {
    color: var(--accent);
    text-decoration: underline;
  }
  .chain li:last-child .name button {
    font-weight: 600;
  }
  .chain .code {
    display: flex;
    align-items: center;
    color: var(--ink-3);
    font-size: 12px;
    gap: 8px;
  }
  .chain .code .icon-button {
    width: 20px;
    height: 20px;
    margin-left: -4px;
  }
  .asked {
    display: flex;
    align-items: center;
    justify-content: space-between;
    margin-bottom: 10px;
    gap: 12px;
  }
  .asked h3 {
    flex: none;
    margin: 0;
  }
  .asked select {
    width: 240px;
    min-width: 0;
    height: 34px;
    padding: 0 6px;
    border: 1px solid var(--edge);
    border-radius: 8px;
    background: var(--field);
    font-size: 13px;
  }
  .person {
    display: grid;
    grid-template-columns: 40px 1fr;
    align-items: center;
    gap: 2px 12px;
    transition: opacity 0.15s;
  }
  .person[aria-busy="true"] {
    opacity: 0.45;
  }
  .avatar {
    display: grid;
    width: 40px;
    height: 40px;
    place-items: center;
    border-radius: 50%;
    background: var(--accent-weak);
    color: var(--accent-strong);
    font-size: 16px;
    font-weight: 600;
  }
  .person strong {
    font-size: 15px;
  }
  .person p {
    color: var(--ink-2);
    font-size: 13px;
  }
  .basis {
    margin-top: 10px;
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--surface-2);
    color: var(--ink-2);
    font-size: 13px;
  }
  a {
    color: var(--accent);
  }
  .loading {
    display: flex;
    align-items: center;
    gap: 10px;
    color: var(--ink-2);
  }
  .trouble {
    display: grid;
    justify-items: start;
    gap: 10px;
    color: var(--bad);
  }
  .state {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .outside {
    padding: 20px 16px;
    color: var(--ink-2);
  }
  .outside strong {
    display: block;
    margin-bottom: 4px;
    color: var(--ink);
    font-size: 15px;
  }
  @media (max-width: 640px) {
    :host {
      position: fixed;
      z-index: 4;
      right: 0;
      bottom: 0;
      left: 0;
      max-height: 52vh;
    }
    :host([collapsed]) {
      max-height: 104px;
    }
    .panel {
      border-radius: 16px 16px 0 0;
      padding-bottom: env(safe-area-inset-bottom);
    }
    .handle {
      display: grid;
      width: 100%;
      height: 22px;
      flex: none;
      place-items: center;
      padding: 0;
      border: 0;
      background: none;
    }
    .handle::before {
      width: 40px;
      height: 4px;
      border-radius: 2px;
      background: var(--edge);
      content: "";
    }
    header {
      padding-top: 0;
    }
  }
`;
