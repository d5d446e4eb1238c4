/** A cell in ten hands a function over, and each of those functions has something wrong with it. */
export function cells(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    switch (index % 10) {
      case 0:
        return `df${index} = o.get_table('pyodps_iris').to_df()\nlimit${index} = ${index}`;
      case 1:
        return `def f${index}(v):\n    return float(np.cosh(v)) + limit${index - 1}`;
      case 2:
        return `y${index} = df${index - 2}.sepal_length.map(f${index - 1})`;
      default:
        return `x${index} = ${index}`;
    }
  });
}
