import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import React, { useLayoutEffect, useRef, useState } from 'react';

/** Up to this many items are simply there: searching the page finds them all. */
const MOST_PLAIN = 40;
/** Items kept ready on either side of what is in view. */
const OVERSCAN = 8;

export interface IWindowedListProps<T> {
  readonly items: readonly T[];
  /** Tells an item from the others for as long as it is the same one. */
  readonly keyOf: (item: T, index: number) => string;
  readonly children: (item: T, index: number) => React.ReactNode;
  /** Pixels of an item that was not yet seen. */
  readonly estimate: number;
  readonly className: string;
  readonly label: string;
  /** The list, for the focus to go to when what had it is gone. */
  readonly listRef?: React.RefObject<HTMLUListElement>;
}

/** A list in the panel that costs what is in view: items far away are not in the page. */
export function WindowedList<T>(props: IWindowedListProps<T>): React.JSX.Element {
  const { items, keyOf, children, className, label, listRef } = props;
  if (items.length > MOST_PLAIN) {
    return <Window {...props} />;
  }
  return (
    <ul className={className} aria-label={label} ref={listRef} tabIndex={-1}>
      {items.map((item, index) => (
        <li key={keyOf(item, index)}>{children(item, index)}</li>
      ))}
    </ul>
  );
}

function Window<T>(props: IWindowedListProps<T>): React.JSX.Element {
  const { items, keyOf, children, estimate, className, label } = props;
  const own = useRef<HTMLUListElement>(null);
  const list = props.listRef ?? own;
  const scroller = useScroller(list);
  const [focused, setFocused] = useState<number | null>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are called here and passed to nobody
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.element,
    estimateSize: () => estimate,
    getItemKey: index => {
      const item = items[index];
      return item === undefined ? index : keyOf(item, index);
    },
    overscan: OVERSCAN,
    scrollMargin: scroller.above,
    // What has the focus stays, however far the list is scrolled: the focus would be lost with it.
    rangeExtractor: range => {
      const shown = defaultRangeExtractor(range);
      return focused === null || focused >= items.length || shown.includes(focused)
        ? shown
        : [...shown, focused].sort((a, b) => a - b);
    }
  });
  return (
    <ul
      className={`${className} jp-odps-window`}
      aria-label={label}
      ref={list}
      tabIndex={-1}
      style={{ height: rows.getTotalSize() }}
      onFocus={event => {
        const row = (event.target as Element).closest<HTMLElement>('[data-index]');
        setFocused(row ? Number(row.dataset.index) : null);
      }}
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setFocused(null);
        }
      }}
    >
      {rows.getVirtualItems().map(row => {
        const item = items[row.index];
        return item === undefined ? null : (
          <li
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            aria-setsize={items.length}
            aria-posinset={row.index + 1}
            style={{ transform: `translateY(${row.start - scroller.above}px)` }}
          >
            {children(item, row.index)}
          </li>
        );
      })}
    </ul>
  );
}

interface IScroller {
  readonly element: HTMLElement | null;
  /** Pixels of the scrolled content above the list. */
  readonly above: number;
}

/** What scrolls the list, and how far down in it the list begins; follows sections above that fold and grow. */
function useScroller(list: React.RefObject<HTMLElement>): IScroller {
  const [scroller, setScroller] = useState<IScroller>({ element: null, above: 0 });
  useLayoutEffect(() => {
    const { current } = list;
    const element = current?.closest<HTMLElement>('.jp-odps-inspector');
    if (!current || !element) {
      return;
    }
    const measure = (): void => {
      const above = Math.round(
        current.getBoundingClientRect().top - element.getBoundingClientRect().top + element.scrollTop
      );
      setScroller(before =>
        before.element === element && before.above === above ? before : { element, above }
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    for (const part of element.children) {
      observer.observe(part);
    }
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [list]);
  return scroller;
}
