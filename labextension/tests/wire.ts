/** The documented program's analysis as the server sends it: three cells, one function handed over. */
export const WIRE = {
  version: 1,
  cells: [
    {
      id: 'aaaa',
      index: 0,
      error: null,
      summary: { sets: ['df', 'coeffs'], imports: ['numpy', 'odps'], calls: [] },
      regions: []
    },
    {
      id: 'bbbb',
      index: 1,
      error: null,
      summary: { sets: ['handle'], imports: [], calls: [] },
      regions: [
        {
          start_line: 0,
          end_line: 2,
          side: 'executor',
          name: 'handle',
          kind: 'function',
          reason: 'handed over by df.sepal_length.map in cell 3'
        }
      ]
    },
    {
      id: 'cccc',
      index: 2,
      error: null,
      summary: { sets: ['val'], imports: [], calls: ['map(handle)'] },
      regions: []
    }
  ],
  placement: [
    {
      cell: 1,
      line: 0,
      end_line: 2,
      name: 'handle',
      kind: 'function',
      side: 'executor',
      reason: 'handed over by df.sepal_length.map in cell 3'
    }
  ],
  shipped: [
    {
      cell: 1,
      line: 0,
      name: 'handle',
      imports: ['numpy'],
      captures: ['coeffs'],
      functions: [],
      call: { cell: 2, line: 0, method: 'map', role: 'scalar' },
      calls: [{ cell: 2, line: 0, method: 'map', role: 'scalar' }],
      details: {
        imports: { numpy: { bound: 'inside', cell: 1, line: 1 } },
        captures: { coeffs: { origin: 'global', cell: 1, line: 2, set: { cell: 0, line: 4 } } }
      }
    }
  ],
  diagnostics: [
    {
      cell: 1,
      line: 2,
      column: 17,
      end_line: 2,
      end_column: 19,
      code: 'ODP103',
      kind: 'module-imported-outside',
      severity: 'hint',
      message: 'numpy is imported outside handle.',
      functions: ['handle'],
      fix: {
        title: 'Import np in the body',
        safe: true,
        edits: [{ cell: 1, line: 1, column: 0, end_line: 1, end_column: 0, text: '    import numpy as np\n' }]
      },
      ignore: {
        cell: 1,
        line: 2,
        column: 24,
        end_line: 2,
        end_column: 24,
        text: '  # odps: ignore[module-imported-outside]'
      }
    }
  ],
  prediction: { pandas: 'ok', executor: 'ok' }
};

/** A kernel's state as it sends it. */
export const STATE = {
  backend: 'pandas',
  sample: 100,
  connection: { kind: 'embedded', project: 'local', endpoint: null, label: 'embedded' },
  profile: { name: 'cp311', is_runtime: true, image: null },
  run: null
};

/** The cells that {@link WIRE} speaks of. */
export const SOURCES = [
  { id: 'aaaa', source: 'import numpy as np' },
  { id: 'bbbb', source: 'def handle(v):\n    # why\n    return float(np.cosh(v))' },
  { id: 'cccc', source: 'val = df.x.map(handle)' }
];
