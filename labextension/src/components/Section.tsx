import React, { useId } from 'react';

export interface ISectionProps {
  readonly title: string;
  readonly count?: number;
  /** A few words at the right end of the heading. */
  readonly aside?: string;
  readonly children: React.ReactNode;
}

/** A section that folds, as a region named by its heading. */
export function Section(props: ISectionProps): React.JSX.Element {
  const id = useId();
  return (
    <section className="jp-odps-section" aria-labelledby={id}>
      <details open>
        <summary className="jp-odps-section-head">
          <h2 id={id}>
            {props.title}
            {props.count === undefined ? null : <span className="jp-odps-count">{props.count}</span>}
          </h2>
          {props.aside ? <span className="jp-odps-secondary">{props.aside}</span> : null}
        </summary>
        {props.children}
      </details>
    </section>
  );
}
