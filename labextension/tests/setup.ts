/** What browsers have and jsdom lacks, as far as JupyterLab's packages touch it when they are imported. */

const lacking: Partial<typeof globalThis> = globalThis;

class NoResizeObserver implements ResizeObserver {
  disconnect(): void {
    // Nothing is laid out here, so nothing is ever resized.
  }
  observe(): void {
    // See above.
  }
  unobserve(): void {
    // See above.
  }
}

lacking.ResizeObserver ??= NoResizeObserver;
lacking.DragEvent ??= class extends MouseEvent {} as unknown as typeof DragEvent;
lacking.requestIdleCallback ??= callback =>
  Number(setTimeout(callback, 0, { didTimeout: false, timeRemaining: () => 50 }));
lacking.cancelIdleCallback ??= handle => {
  clearTimeout(handle);
};
lacking.matchMedia ??= query =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined
  });
// The editor asks where a character is drawn.
Object.assign(Range.prototype, { getClientRects: () => [], getBoundingClientRect: () => new DOMRect() });
// Texts are measured on one; without it their room is reckoned.
HTMLCanvasElement.prototype.getContext = () => null;
