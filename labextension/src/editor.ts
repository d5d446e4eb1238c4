import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Extension, Text } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { DecorationSet } from '@codemirror/view';
import { Decoration, EditorView, ViewPlugin } from '@codemirror/view';

import type { IRegion } from './protocol';

type Model = CodeEditor.IModel;

const setRegions = StateEffect.define<readonly IRegion[]>();

/**
 * Marks the executor's lines in the notebook's editors: a border and a tint on whole lines, with the reason as their
 * tooltip. Nothing moves the text, and an editor with nothing on the executor looks as it did before.
 *
 * Kept by the cell's model and not by its id: two copies of one notebook share their ids.
 */
export class EditorMarks {
  /** Words for the tooltip of a line. */
  constructor(private readonly _describe: (region: IRegion) => string) {}

  /** Whether marks are shown; what is known is kept while they are not. */
  get enabled(): boolean {
    return this._enabled;
  }

  set enabled(value: boolean) {
    if (value === this._enabled) {
      return;
    }
    this._enabled = value;
    for (const [model, views] of this._views) {
      this._push(model, views);
    }
  }

  /** Mark these regions of a cell, wherever it is shown and when it comes to be shown. */
  show(model: Model, regions: readonly IRegion[]): void {
    const before = this._regions.get(model) ?? [];
    if (regions.length === before.length && regions.every((region, index) => region === before[index])) {
      return;
    }
    this._regions.set(model, regions);
    const views = this._views.get(model);
    if (views) {
      this._push(model, views);
    }
  }

  /** The extension for one editor of a cell. */
  extension(model: Model): Extension {
    const field: StateField<DecorationSet> = StateField.define<DecorationSet>({
      create: state => this._decorate(state.doc, this._shown(model)),
      update: (marks, transaction) => {
        for (const effect of transaction.effects) {
          if (effect.is(setRegions)) {
            return this._decorate(transaction.state.doc, effect.value);
          }
        }
        return marks.map(transaction.changes);
      },
      provide: value => EditorView.decorations.from(value)
    });
    const plugin = ViewPlugin.define(view => {
      const views = this._views.get(model) ?? new Set<EditorView>();
      views.add(view);
      this._views.set(model, views);
      return {
        destroy: () => {
          views.delete(view);
          if (views.size === 0) {
            this._views.delete(model);
          }
        }
      };
    });
    return [field, plugin];
  }

  private _shown(model: Model): readonly IRegion[] {
    return this._enabled ? (this._regions.get(model) ?? []) : [];
  }

  private _push(model: Model, views: ReadonlySet<EditorView>): void {
    for (const view of views) {
      view.dispatch({ effects: setRegions.of(this._shown(model)) });
    }
  }

  private _decorate(doc: Text, regions: readonly IRegion[]): DecorationSet {
    const marks = regions.flatMap(region => {
      const mark = Decoration.line({
        class: `jp-odps-line jp-odps-line-${region.side}`,
        attributes: { title: this._describe(region) }
      });
      // The text may have moved on since it was analysed: what lies beyond its end is left out.
      const first = region.startLine + 1;
      const last = Math.min(region.endLine + 1, doc.lines);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) =>
        mark.range(doc.line(first + offset).from)
      );
    });
    return Decoration.set(marks, true);
  }

  private _enabled = true;
  private readonly _regions = new WeakMap<Model, readonly IRegion[]>();
  private readonly _views = new Map<Model, Set<EditorView>>();
}
