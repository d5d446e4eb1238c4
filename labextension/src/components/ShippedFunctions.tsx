import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAnalysis, IShipped } from '../protocol';
import { Section } from './Section';
import { cellName, roleName } from './words';

export interface IShippedFunctionsProps {
  readonly analysis: IAnalysis;
  readonly reveal: (cell: number, line: number) => void;
  readonly trans: TranslationBundle;
}

/** Each callable handed to the executor, with what it needs there. */
export function ShippedFunctions(props: IShippedFunctionsProps): React.JSX.Element {
  const { analysis, trans } = props;
  return (
    <Section title={trans.__('Shipped functions')} count={analysis.shipped.length}>
      {analysis.shipped.length === 0 ? (
        <p className="jp-odps-secondary">
          {trans.__('No function is handed to the executor by map, apply, agg or map_reduce.')}
        </p>
      ) : (
        <ul className="jp-odps-shipped">
          {analysis.shipped.map((shipped, index) => (
            <ShippedItem key={index} {...props} shipped={shipped} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function ShippedItem(props: IShippedFunctionsProps & { shipped: IShipped }): React.JSX.Element {
  const { analysis, shipped, reveal, trans } = props;
  const { call } = shipped;
  const needs = shipped.imports.length + shipped.captures.length + shipped.functions.length;
  return (
    <li className="jp-odps-card">
      <div className="jp-odps-card-head">
        <button
          type="button"
          className="jp-odps-link"
          onClick={() => {
            reveal(shipped.cell, shipped.line);
          }}
        >
          <code className="jp-odps-name">{shipped.name}</code>
        </button>{' '}
        <span className="jp-odps-secondary">{cellName(shipped.cell)}</span>
        {call ? (
          <span className="jp-odps-secondary">
            {' '}
            {trans.__('by')}{' '}
            <button
              type="button"
              className="jp-odps-link"
              onClick={() => {
                reveal(call.cell, call.line);
              }}
            >
              <code>.{call.method}</code> {trans.__('in %1', cellName(call.cell))}
            </button>
            {` · ${roleName(trans, call.role)}`}
          </span>
        ) : null}
      </div>
      {needs === 0 ? (
        <p className="jp-odps-secondary">{trans.__('needs nothing but its own code')}</p>
      ) : (
        <table className="jp-odps-needs">
          <tbody>
            {shipped.imports.map(name => (
              <Need
                key={`i${name}`}
                kind={trans.__('import')}
                name={name}
                note={trans.__('on the executor')}
              />
            ))}
            {shipped.captures.map(name => {
              const cell = settingCell(analysis, name, call?.cell ?? shipped.cell);
              const note = trans.__('travels by value');
              return cell === null ? (
                <Need key={`c${name}`} kind={trans.__('capture')} name={name} note={note} />
              ) : (
                <Need
                  key={`c${name}`}
                  kind={trans.__('capture')}
                  name={name}
                  note={`${note}, ${trans.__('set in')} `}
                >
                  <button
                    type="button"
                    className="jp-odps-link"
                    onClick={() => {
                      reveal(cell, 0);
                    }}
                  >
                    {cellName(cell)}
                  </button>
                </Need>
              );
            })}
            {shipped.functions.map(name => (
              <Need
                key={`f${name}`}
                kind={trans.__('function')}
                name={name}
                note={trans.__('travels with it')}
              />
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}

function Need(props: {
  kind: string;
  name: string;
  note: string;
  children?: React.ReactNode;
}): React.JSX.Element {
  return (
    <tr>
      <th scope="row">{props.kind}</th>
      <td>
        <code>{props.name}</code>
      </td>
      <td className="jp-odps-secondary">
        {props.note}
        {props.children}
      </td>
    </tr>
  );
}

/** The last cell up to `before` that sets a name, by position; null if none does. */
function settingCell(analysis: IAnalysis, name: string, before: number): number | null {
  const cell = analysis.cells.findLast(each => each.index <= before && each.sets.includes(name));
  return cell?.index ?? null;
}
