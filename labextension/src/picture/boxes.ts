import type { IBox, IRect, IText } from './model';
import type { IRow } from './nodes';
import type { IPlaced } from './placed';
import type { Ruler } from './text';
import { fit, FONT_SIZE, SMALL, SMALL_SIZE } from './text';

const PADDING = 8;

/** A box with its words, each where it fits. */
export function box(placed: IPlaced, ruler: Ruler): IBox {
  const { node, x, y, width, height } = placed;
  const texts = node.rows.flatMap((row, at) => rowTexts(row, placed, placed.rows[at] ?? y, ruler));
  return {
    key: node.key,
    side: node.side,
    kind: node.kind,
    standing: node.standing,
    x,
    y,
    width,
    height,
    texts
  };
}

function rowTexts(row: IRow, rect: IRect, y: number, ruler: Ruler): IText[] {
  const head = row.tone === 'head';
  const font = { size: head || row.mono ? FONT_SIZE : SMALL_SIZE, mono: row.mono, bold: head };
  const badge = row.badge ? fit(row.badge.text, rect.width / 2, SMALL, ruler) : '';
  const room = rect.width - 2 * PADDING - (badge ? ruler(badge, SMALL) + 6 : 0);
  const text = fit(row.text, room, font, ruler);
  const said: IText = { x: rect.x + PADDING, y, anchor: 'start', tone: row.tone, mono: row.mono, text };
  return row.badge
    ? [
        said,
        { x: rect.x + rect.width - PADDING, y, anchor: 'end', tone: row.badge.tone, mono: false, text: badge }
      ]
    : [said];
}
