import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Side } from '../protocol';
import { sideName } from './words';

/** The side something runs on: a word first, its colour only besides. */
export function SideBadge(props: { side: Side; trans: TranslationBundle }): React.JSX.Element {
  const { side, trans } = props;
  return <span className={`jp-odps-badge jp-odps-badge-${side}`}>{sideName(trans, side)}</span>;
}
