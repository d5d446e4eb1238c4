import { act } from 'react';
import type React from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach } from 'vitest';

/** Where the components of a test are shown; made anew for each of them. */
export class Mounted {
  host!: HTMLElement;
  private _root!: Root;

  constructor() {
    beforeEach(() => {
      Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
      this.host = document.createElement('div');
      document.body.append(this.host);
      this._root = createRoot(this.host);
    });
    afterEach(() => {
      act(() => {
        this._root.unmount();
      });
      this.host.remove();
    });
  }

  show(element: React.JSX.Element): void {
    act(() => {
      this._root.render(element);
    });
  }

  texts(selector: string): (string | null)[] {
    return Array.from(this.host.querySelectorAll(selector), element => element.textContent);
  }
}
