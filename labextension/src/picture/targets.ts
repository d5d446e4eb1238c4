import type { ITarget } from './model';
import { titleOf } from './boxes';
import type { IPlaced } from './placed';

/** What of a box can be clicked: the whole of it, or each line that leads somewhere with those that belong to it. */
export function targets(placed: IPlaced): ITarget[] {
  const { node, x, y, width, height, rows } = placed;
  const { key, side: sideOf, label } = node;
  const title = titleOf(node);
  if (node.action) {
    const action =
      node.action.kind === 'toggle'
        ? ({ kind: 'toggle', key, open: node.action.open } as const)
        : ({ kind: 'reveal', place: node.action.place } as const);
    return [{ key, side: sideOf, label, title, x, y, width, height, action }];
  }
  const leading = node.rows.flatMap((row, at) => (row.leads ? [{ leads: row.leads, at }] : []));
  return leading.map(({ leads, at }, index) => {
    const top = index === 0 ? y : (rows[at - 1] ?? y) + 4;
    const next = leading[index + 1];
    const end = next ? (rows[next.at - 1] ?? y) + 4 : y + height;
    return {
      key: `${key}#${index}`,
      side: sideOf,
      label: leads.label,
      title: index === 0 ? title : leads.label,
      x,
      y: top,
      width,
      height: end - top,
      action: { kind: 'reveal', place: leads.place }
    };
  });
}
