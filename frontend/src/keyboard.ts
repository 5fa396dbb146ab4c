/** Movement between the rows by keyboard. */

/** Return the place that a key moves to from `index`, or null if it does not move. */
export function targetIndex(
  key: string,
  index: number,
  count: number,
  columns: number,
  isRightToLeft: boolean,
): number | null {
  const right = isRightToLeft ? -1 : 1;
  const targets: Record<string, number> = {
    ArrowDown: index + columns,
    ArrowUp: index - columns,
    ArrowRight: index + right,
    ArrowLeft: index - right,
    Home: 0,
    End: count - 1,
  };
  const target = targets[key] ?? -1;
  return target >= 0 && target < count && target !== index ? target : null;
}
