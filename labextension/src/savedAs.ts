import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/**
 * Hears under which other path a document is saved.
 *
 * JupyterLab tells nobody of it: it writes the file, closes the one document and opens the other. A file that is
 * written elsewhere while this document is being saved is that; other open documents are saved to their own paths.
 */
export class SavedAs implements IDisposable {
  constructor(
    private readonly _context: Pick<DocumentRegistry.Context, 'path' | 'saveState'>,
    contents: Pick<Contents.IManager, 'fileChanged'>,
    private readonly _isOpen: (path: string) => boolean,
    private readonly _tell: (path: string) => void
  ) {
    _context.saveState.connect(this._onState, this);
    contents.fileChanged.connect(this._onFile, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onState(_: unknown, state: DocumentRegistry.SaveState): void {
    this._saving = state === 'started';
  }

  private _onFile(_: unknown, change: Contents.IChangedArgs): void {
    const path = change.type === 'save' ? change.newValue?.path : undefined;
    if (this._saving && path !== undefined && path !== this._context.path && !this._isOpen(path)) {
      this._tell(path);
    }
  }

  private _saving = false;
  private _isDisposed = false;
}
