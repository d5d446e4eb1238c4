import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IInspection } from '../inspection';
import type { IAnalysis, INeed, IPlace, IShipped, IUnsubmitted } from '../protocol';
import type { ISentCapture, ISentFunction, ISentModule } from '../sent';
import { PlaceLink } from './PlaceLink';
import { bytes } from './runWords';
import { Failed, Stopped, stoppedBy } from './ShippedFailure';
import { ShippedTexts } from './ShippedTexts';
import { cellName, roleName } from './words';

type Reveal = (cell: number, line: number) => void;

export interface IShippedItemProps {
  readonly shipped: IShipped;
  readonly analysis: IAnalysis;
  /** As it was sent last; null where it was not. */
  readonly sent: ISentFunction | null;
  /** Names of the code that has changed since. */
  readonly rewritten: readonly string[];
  /** Resources named for it that the project does not hold yet. */
  readonly unsubmitted: readonly IUnsubmitted[];
  readonly open: IInspection['open'];
  readonly reveal: Reveal;
  readonly trans: TranslationBundle;
}

/** One callable handed to the executor, opened up: what it needs there, what was sent of it, and how that ended. */
export function ShippedItem(props: IShippedItemProps): React.JSX.Element {
  const { shipped, sent, rewritten, open, reveal, trans } = props;
  const stopped = stoppedBy(shipped, props.analysis);
  return (
    <div className="jp-odps-card">
      <div className="jp-odps-card-head">
        <PlaceLink place={shipped} reveal={reveal}>
          <code className="jp-odps-name">{shipped.name}</code>
        </PlaceLink>{' '}
        <span className="jp-odps-secondary">
          {cellName(trans, shipped.cell)}
          {shipped.calls.map((call, index) => (
            <React.Fragment key={index}>
              {index === 0 ? ` ${trans.__('by')} ` : ', '}
              <PlaceLink place={call} reveal={reveal}>
                <code>.{call.method}</code> {trans.__('in %1', cellName(trans, call.cell))}
              </PlaceLink>
            </React.Fragment>
          ))}
          {shipped.calls[0] ? ` · ${roleName(trans, shipped.calls[0].role)}` : null}
          {sent ? ` · ${sent.signature}` : null}
        </span>
      </div>
      {stopped ? <Stopped sent={sent !== null} problem={stopped} reveal={reveal} trans={trans} /> : null}
      <p className="jp-odps-secondary">
        {sent ? sentWords(sent, trans) : stopped ? null : trans.__('not sent yet')}
        {rewritten.map(name => (
          <StaleMark
            key={name}
            words={
              name === sent?.name
                ? trans.__('its code has changed since it was sent')
                : trans.__('the code of %1 has changed since it was sent', name)
            }
          />
        ))}
      </p>
      <Needs {...props} />
      {sent?.failure ? <Failed {...props} failure={sent.failure} /> : null}
      {sent ? (
        <ShippedTexts key={`${sent.job} ${sent.function}`} sent={sent} open={open} trans={trans} />
      ) : null}
    </div>
  );
}

function sentWords(sent: ISentFunction, trans: TranslationBundle): string {
  const said = [
    sent.planned
      ? trans.__('compiled for project %1, not sent', sent.project)
      : trans.__('sent to project %1', sent.project),
    sent.form === 'source'
      ? trans.__('pickle of %1, code as source', bytes(trans, sent.size))
      : trans.__('pickle of %1', bytes(trans, sent.size))
  ];
  if (sent.instance !== null) {
    said.push(trans.__('instance %1', sent.instance));
  }
  if (sent.libraries.length > 0) {
    said.push(trans.__('with %1', sent.libraries.join(', ')));
  }
  if (sent.resources.length > 0) {
    said.push(trans.__('opens %1', sent.resources.join(', ')));
  }
  if (sent.unread !== null) {
    said.push(trans.__('its pickle cannot be read: %1', sent.unread));
  }
  return said.join(' · ');
}

function Needs(props: IShippedItemProps): React.JSX.Element {
  const { shipped, sent, unsubmitted, analysis, reveal, trans } = props;
  const modules = new Map(sent?.modules.map(module => [module.name, module]));
  const captures = new Map(sent?.captures.map(capture => [capture.name, capture]));
  const predicted = new Set(
    [...shipped.captures, ...shipped.imports, ...shipped.functions].map(need => need.name)
  );
  // What the source did not tell: imports of other names, defaults, what helpers brought.
  const more = sent?.captures.filter(one => one.by === 'value' && !predicted.has(one.name)) ?? [];
  const needs = [shipped.imports, shipped.captures, shipped.functions, more, unsubmitted];
  if (needs.every(each => each.length === 0)) {
    return <p className="jp-odps-secondary">{trans.__('needs nothing but its own code')}</p>;
  }
  return (
    <table className="jp-odps-needs">
      <tbody>
        {shipped.imports.map(need => (
          <Need key={need.name} kind={trans.__('import')} need={need} reveal={reveal}>
            {need.bound === 'outside' ? trans.__('imported outside it') : trans.__('imported inside it')}
            <Standing
              module={modules.get(need.name) ?? modules.get(need.name.split('.')[0] ?? '')}
              doubted={doubts(analysis, shipped, need, OF_MODULES)}
              trans={trans}
            />
          </Need>
        ))}
        {shipped.captures.map(need => (
          <Need key={need.name} kind={trans.__('capture')} need={need} reveal={reveal}>
            <Travels
              capture={captures.get(need.name)}
              doubted={doubts(analysis, shipped, need, OF_CAPTURES)}
              trans={trans}
            />
            <SetIn place={need.set} words={trans.__(', set in')} reveal={reveal} trans={trans} />
            <SetIn
              place={need.setAtCall}
              words={trans.__(', at the call the value of')}
              reveal={reveal}
              trans={trans}
            />
            {need.setLater.map((later, index) => (
              <React.Fragment key={index}>
                <SetIn place={later} words={trans.__(', set again in')} reveal={reveal} trans={trans} />{' '}
                {later.ran ? trans.__('since') : trans.__('(not yet run)')}
              </React.Fragment>
            ))}
            <Stale capture={captures.get(need.name)} trans={trans} />
          </Need>
        ))}
        {shipped.functions.map(need => (
          <Need key={need.name} kind={trans.__('function')} need={need} reveal={reveal}>
            {trans.__('travels with it')}
          </Need>
        ))}
        {more.map(capture => (
          <Need
            key={capture.name}
            kind={trans.__('capture')}
            need={{ name: capture.name, at: null }}
            reveal={reveal}
          >
            <Travels capture={capture} doubted={false} trans={trans} />
            <Stale capture={capture} trans={trans} />
          </Need>
        ))}
        {unsubmitted.map(resource => (
          <Need
            key={resource.name}
            kind={trans.__('resource')}
            need={{ name: resource.name, at: placeOf(resource, analysis) }}
            reveal={reveal}
          >
            <Absent resource={resource} trans={trans} />
          </Need>
        ))}
      </tbody>
    </table>
  );
}

/** Kinds of problems that say of a module that the executor lacks it, or has another. */
const OF_MODULES = new Set([
  'library-imported-locally',
  'local-module-code',
  'local-only-package',
  'numpy-supersede-missing',
  'binary-abi-mismatch'
]);

/** Kinds of problems that say of a captured name that its value cannot travel. */
const OF_CAPTURES = new Set(['unpicklable-capture']);

function doubts(analysis: IAnalysis, shipped: IShipped, need: INeed, kinds: ReadonlySet<string>): boolean {
  const module = need.name.split('.')[0] ?? need.name;
  return analysis.diagnostics.some(
    item =>
      kinds.has(item.kind) &&
      item.functions.includes(shipped.name) &&
      item.message.split(/[^\w]+/).includes(module)
  );
}

function Standing(props: {
  module: ISentModule | undefined;
  doubted: boolean;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { module, doubted, trans } = props;
  if (!module || doubted) {
    return doubted ? (
      <span className="jp-odps-run-error">
        , <span aria-hidden="true">✗ </span>
        {trans.__('may not be there: see Problems')}
      </span>
    ) : null;
  }
  const missing = module.kind === 'missing';
  const sign = missing ? '✗' : module.kind === 'unknown' ? '?' : '✓';
  return (
    <span className={missing ? 'jp-odps-run-error' : undefined}>
      , <span aria-hidden="true">{sign} </span>
      {missing
        ? trans.__('not there: %1', module.detail)
        : module.kind === 'unknown'
          ? module.detail
          : trans.__('there: %1', module.detail)}
    </span>
  );
}

function Travels(props: {
  capture: ISentCapture | undefined;
  doubted: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { capture, doubted, trans } = props;
  if (!capture && doubted) {
    return (
      <span className="jp-odps-run-error">
        <span aria-hidden="true">✗ </span>
        {trans.__('cannot travel: see Problems')}
      </span>
    );
  }
  if (!capture) {
    return <>{trans.__('travels by value')}</>;
  }
  return (
    <>
      <code>{capture.type}</code>
      {capture.by === 'value'
        ? `, ${bytes(trans, capture.size)}, ${trans.__('by value')}`
        : `, ${trans.__("by reference: the executor's own")}`}
    </>
  );
}

function placeOf(resource: IUnsubmitted, analysis: IAnalysis): IPlace | null {
  const cell = analysis.cells.findIndex(each => each.id === resource.cell);
  return cell < 0 || resource.line === null ? null : { cell, line: resource.line };
}

function Absent(props: { resource: IUnsubmitted; trans: TranslationBundle }): React.JSX.Element {
  const { resource, trans } = props;
  if (!resource.known) {
    return (
      <>
        <span aria-hidden="true">? </span>
        {trans.__('whether project %1 holds it is not known', resource.project)}
      </>
    );
  }
  return (
    <span className="jp-odps-run-error">
      <span aria-hidden="true">✗ </span>
      {resource.submitted
        ? trans.__('not in project %1 yet: it counts once it is submitted', resource.project)
        : trans.__('not in project %1 yet: upload it before', resource.project)}
    </span>
  );
}

function Stale(props: {
  capture: ISentCapture | undefined;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { capture, trans } = props;
  return capture?.changed ? <StaleMark words={trans.__('changed since it was sent')} /> : null;
}

function StaleMark({ words }: { readonly words: string }): React.JSX.Element {
  return (
    <span className="jp-odps-stale">
      {' '}
      <span aria-hidden="true">! </span>
      {words}
    </span>
  );
}

function Need(props: {
  kind: string;
  need: Pick<INeed, 'name' | 'at'>;
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
          <PlaceLink place={need.at} reveal={reveal}>
            {name}
          </PlaceLink>
        ) : (
          name
        )}
      </td>
      <td className="jp-odps-secondary">{children}</td>
    </tr>
  );
}

function SetIn(props: {
  place: IPlace | null;
  words: string;
  reveal: Reveal;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { place, words, reveal, trans } = props;
  return place ? (
    <>
      {words}{' '}
      <PlaceLink place={place} reveal={reveal}>
        {cellName(trans, place.cell)}
      </PlaceLink>
    </>
  ) : null;
}
