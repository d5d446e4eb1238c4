import type { EditorView } from '@codemirror/view';

/** Pixels between the line and what is shown below or above it. */
const DISTANCE = 4;

/**
 * Show something at the cursor and put the focus into it. Escape gives the focus back; it goes when the focus goes, and
 * when one of its buttons was pressed.
 *
 * No tooltip of the editor: those may lie outside the notebook, which leaves the cell when it loses the focus. This one
 * lies within the editor, and in the browser's top layer, so that no cell cuts it off.
 */
export function pin(view: EditorView, label: string, content: readonly HTMLElement[]): void {
  const dom = document.createElement('div');
  dom.className = 'jp-odps-tooltip jp-odps-pinned';
  dom.tabIndex = -1;
  dom.popover = 'manual';
  dom.setAttribute('role', 'dialog');
  dom.setAttribute('aria-label', label);
  // Escape would leave the cell, and letters would be commands.
  dom.dataset.lmSuppressShortcuts = 'true';
  dom.append(...content);
  const leave = (): void => {
    // It goes with the focus, see below; removed while it has the focus, it would be removed twice.
    view.focus();
  };
  dom.addEventListener('keydown', event => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      leave();
    }
  });
  // The notebook would give the focus back to the text at once.
  dom.addEventListener('focusin', event => {
    event.stopPropagation();
  });
  dom.addEventListener('click', event => {
    if ((event.target as Element).closest('button')) {
      leave();
    }
  });
  dom.addEventListener('focusout', event => {
    if (!dom.contains(event.relatedTarget as Node | null)) {
      dom.remove();
    }
  });
  view.dom.append(dom);
  if ('showPopover' in dom) {
    dom.showPopover();
  }
  place(dom, view);
  dom.focus({ preventScroll: true });
}

/** Below the cursor, or above it where there is no room; within the window. */
function place(dom: HTMLElement, view: EditorView): void {
  const cursor = view.coordsAtPos(view.state.selection.main.head);
  if (!cursor) {
    return;
  }
  const { width, height } = dom.getBoundingClientRect();
  const below = cursor.bottom + DISTANCE;
  const above = cursor.top - DISTANCE - height;
  dom.style.top = `${Math.max(0, below + height > window.innerHeight && above > 0 ? above : below)}px`;
  dom.style.left = `${Math.max(0, Math.min(cursor.left, window.innerWidth - width - DISTANCE))}px`;
}
