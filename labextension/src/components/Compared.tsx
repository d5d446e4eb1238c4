import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IComparison, IDifference } from '../runs';
import { cause, comparisonHeadline, rowValues, shown } from './runWords';

/** What pandas and the executor said of the same expression: one table, the cells that differ marked by a sign. */
export function Compared(props: {
  readonly comparison: IComparison;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { comparison, trans } = props;
  return (
    <div className="jp-odps-compared">
      <p className={comparison.equal ? undefined : 'jp-odps-run-error'}>
        <span aria-hidden="true">{comparison.equal ? '= ' : '≠ '}</span>
        {comparisonHeadline(trans, comparison)}
      </p>
      {comparison.differences.length > 0 ? <Table {...props} /> : null}
      {comparison.equal || comparison.error !== null ? null : (
        <p className="jp-odps-secondary">{cause(trans, comparison)}</p>
      )}
    </div>
  );
}

function Table(props: {
  readonly comparison: IComparison;
  readonly trans: TranslationBundle;
}): React.JSX.Element {
  const { comparison, trans } = props;
  const { columns, masked, differences } = comparison;
  // What names its rows is what they were brought together by.
  const keys = Array.from(new Set(differences.flatMap(one => Object.keys(one.key))));
  return (
    <div className="jp-odps-scroll" tabIndex={0} role="group" aria-label={trans.__('Values that differ')}>
      <table className="jp-odps-values">
        <thead>
          <tr>
            <th scope="col">{keys.length > 0 ? trans.__('Row, by %1', keys.join(', ')) : trans.__('Row')}</th>
            <th scope="col">{trans.__('Side')}</th>
            {columns.map(column => (
              <th scope="col" key={column}>
                <code>{column}</code>
              </th>
            ))}
          </tr>
        </thead>
        {byRow(differences).map(group => (
          <tbody key={group.name}>
            {(['pandas', 'executor'] as const).map(side => (
              <tr key={side}>
                {side === 'pandas' ? (
                  <th scope="rowgroup" rowSpan={2}>
                    {group.name}
                  </th>
                ) : null}
                <th scope="row">{side === 'pandas' ? 'pandas' : trans.__('executor')}</th>
                {group.whole ? (
                  <td className="jp-odps-differs" colSpan={Math.max(1, columns.length)}>
                    <Sign trans={trans} />
                    {group.whole[side] === null && !masked ? (
                      <em>{trans.__('no such row')}</em>
                    ) : (
                      <code>{masked ? trans.__('masked') : rowValues(group.whole[side])}</code>
                    )}
                  </td>
                ) : (
                  columns.map(column => {
                    const found = group.cells.get(column);
                    return found ? (
                      <td className="jp-odps-differs" key={column}>
                        <Sign trans={trans} />
                        <code>{masked ? trans.__('masked') : shown(found[side])}</code>
                      </td>
                    ) : (
                      <td className="jp-odps-secondary" key={column}>
                        {trans.__('same')}
                      </td>
                    );
                  })
                )}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Sign(props: { readonly trans: TranslationBundle }): React.JSX.Element {
  return (
    <>
      <span aria-hidden="true">≠ </span>
      <span className="jp-odps-said">{props.trans.__('differs: ')}</span>
    </>
  );
}

interface IGroup {
  readonly name: string;
  readonly whole: IDifference | null;
  readonly cells: Map<string, IDifference>;
}

/** The differences of each row together, in their order. */
function byRow(differences: readonly IDifference[]): IGroup[] {
  const groups = new Map<string, IGroup>();
  for (const one of differences) {
    const key = Object.entries(one.key)
      .map(([name, value]) => `${name} = ${shown(value)}`)
      .join(', ');
    const name = key || String(one.row + 1);
    const id = `${one.column === null ? 'whole' : 'cell'} ${one.row} ${name}`;
    const group = groups.get(id) ?? { name, whole: one.column === null ? one : null, cells: new Map() };
    if (one.column !== null) {
      group.cells.set(one.column, one);
    }
    groups.set(id, group);
  }
  return Array.from(groups.values());
}
