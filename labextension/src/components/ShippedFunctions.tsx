import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAnalysis, INeed, IPlace, IShipped } from '../protocol';
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
  const { shipped, reveal, trans } = props;
  const needs = shipped.imports.length + shipped.captures.length + shipped.functions.length;
  return (
    <li className="jp-odps-card">
      <div className="jp-odps-card-head">
        <Link place={shipped} reveal={reveal}>
          <code className="jp-odps-name">{shipped.name}</code>
        </Link>{' '}
        <span className="jp-odps-secondary">
          {cellName(shipped.cell)}
          {shipped.calls.map((call, index) => (
            <React.Fragment key={index}>
              {index === 0 ? ` ${trans.__('by')} ` : ', '}
              <Link place={call} reveal={reveal}>
                <code>.{call.method}</code> {trans.__('in %1', cellName(call.cell))}
              </Link>
            </React.Fragment>
          ))}
          {shipped.calls[0] ? ` · ${roleName(trans, shipped.calls[0].role)}` : null}
        </span>
      </div>
      {needs === 0 ? (
        <p className="jp-odps-secondary">{trans.__('needs nothing but its own code')}</p>
      ) : (
        <table className="jp-odps-needs">
          <tbody>
            {shipped.imports.map(need => (
              <Need key={need.name} kind={trans.__('import')} need={need} reveal={reveal}>
                {need.bound === 'outside' ? trans.__('imported outside it') : trans.__('imported inside it')}
              </Need>
            ))}
            {shipped.captures.map(need => (
              <Need key={need.name} kind={trans.__('capture')} need={need} reveal={reveal}>
                {trans.__('travels by value')}
                <SetIn place={need.set} words={trans.__(', set in')} reveal={reveal} />
                <SetIn
                  place={need.setAtCall}
                  words={trans.__(', at the call the value of')}
                  reveal={reveal}
                />
                {need.setLater.map((later, index) => (
                  <React.Fragment key={index}>
                    <SetIn place={later} words={trans.__(', set again in')} reveal={reveal} />{' '}
                    {later.ran ? trans.__('since') : trans.__('(not yet run)')}
                  </React.Fragment>
                ))}
              </Need>
            ))}
            {shipped.functions.map(need => (
              <Need key={need.name} kind={trans.__('function')} need={need} reveal={reveal}>
                {trans.__('travels with it')}
              </Need>
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}

type Reveal = IShippedFunctionsProps['reveal'];

function Need(props: {
  kind: string;
  need: INeed;
  reveal: Reveal;
  children: React.ReactNode;
}): React.JSX.Element {
  const { kind, need, reveal, children } = props;
  const name = <code>{need.name}</code>;
  return (
    <tr>
      <th scope="row">{kind}</th>
      <td>
        {need.at ? (
          <Link place={need.at} reveal={reveal}>
            {name}
          </Link>
        ) : (
          name
        )}
      </td>
      <td className="jp-odps-secondary">{children}</td>
    </tr>
  );
}

function SetIn(props: { place: IPlace | null; words: string; reveal: Reveal }): React.JSX.Element | null {
  const { place, words, reveal } = props;
  return place ? (
    <>
      {words}{' '}
      <Link place={place} reveal={reveal}>
        {cellName(place.cell)}
      </Link>
    </>
  ) : null;
}

function Link(props: { place: IPlace; reveal: Reveal; children: React.ReactNode }): React.JSX.Element {
  const { place, reveal, children } = props;
  return (
    <button
      type="button"
      className="jp-odps-link"
      onClick={() => {
        reveal(place.cell, place.line);
      }}
    >
      {children}
    </button>
  );
}
