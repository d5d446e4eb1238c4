import React from 'react';

export interface INoticeProps {
  readonly tone: 'info' | 'error';
  readonly message: string;
  readonly hint?: string | null;
  readonly action?: { readonly label: string; readonly busy?: boolean; readonly run: () => void };
}

/** One clear sentence, what to do about it, and a button that does it where there is one. */
export function Notice(props: INoticeProps): React.JSX.Element {
  const { tone, message, hint, action } = props;
  return (
    <div className={`jp-odps-notice jp-odps-notice-${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <div className="jp-odps-notice-text">
        <span>{message}</span>
        {hint ? <span className="jp-odps-secondary"> {hint}</span> : null}
      </div>
      {action ? (
        <button type="button" className="jp-odps-button" disabled={action.busy ?? false} onClick={action.run}>
          {action.label}
        </button>
      ) : null}
    </div>
  );
}
