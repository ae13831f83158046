import { LitElement } from 'lit';

/** An element of this page: drawn into the document itself, so that one small style sheet serves all of it. */
export class PublicElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
