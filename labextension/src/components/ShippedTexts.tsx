import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useId, useState } from 'react';

import type { IOpened, ISentFunction } from '../sent';

/** The texts of a function that was sent, by the names of their fields. */
type Which = Exclude<keyof IOpened, 'headline'>;

export interface IShippedTextsProps {
  readonly sent: ISentFunction;
  readonly open: (job: number, at: number) => Promise<IOpened>;
  readonly trans: TranslationBundle;
}

/** The executor's view of a function's code, the UDF that was generated for it, and the SQL: asked for when opened. */
export function ShippedTexts(props: IShippedTextsProps): React.JSX.Element {
  const { sent, open, trans } = props;
  const [which, setWhich] = useState<Which | null>(null);
  const [answer, setAnswer] = useState<IOpened | Error | null>(null);
  const id = useId();
  const { job, function: at } = sent;
  const wanted = which !== null;
  useEffect(() => {
    if (!wanted) {
      return;
    }
    let current = true;
    open(job, at).then(
      opened => {
        if (current) {
          setAnswer(opened);
        }
      },
      (error: unknown) => {
        if (current) {
          setAnswer(error instanceof Error ? error : new Error(String(error)));
        }
      }
    );
    return () => {
      current = false;
    };
  }, [wanted, open, job, at]);
  const labels: readonly (readonly [Which, string])[] = [
    ['listing', trans.__('As the executor sees it')],
    ['udf', trans.__('UDF')],
    ['sql', trans.__('SQL')]
  ];
  const label = labels.find(([name]) => name === which)?.[1] ?? '';
  return (
    <>
      <div className="jp-odps-actions">
        {labels.map(([name, words]) => (
          <button
            key={name}
            type="button"
            className="jp-odps-fix"
            aria-expanded={which === name}
            aria-controls={id}
            onClick={() => {
              setWhich(which === name ? null : name);
            }}
          >
            {words}
          </button>
        ))}
      </div>
      <div id={id} role="status" aria-busy={wanted && answer === null}>
        {which === null ? null : answer === null ? (
          <p className="jp-odps-secondary">{trans.__('The kernel is asked.')}</p>
        ) : answer instanceof Error ? (
          <p className="jp-odps-run-error">{answer.message}</p>
        ) : (
          <figure className="jp-odps-figure">
            <figcaption className="jp-odps-secondary">{answer.headline}</figcaption>
            <pre className="jp-odps-listing" tabIndex={0} role="region" aria-label={`${sent.name}: ${label}`}>
              {answer[which]}
            </pre>
          </figure>
        )}
      </div>
    </>
  );
}
