import React from 'react';

import type { IPlace } from '../protocol';

/** Leads to a line of the notebook. */
export function PlaceLink(props: {
  readonly place: IPlace;
  readonly reveal: (cell: number, line: number) => void;
  readonly children: React.ReactNode;
}): React.JSX.Element {
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
