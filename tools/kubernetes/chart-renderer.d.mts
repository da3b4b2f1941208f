/** The program; undefined where it has to be made first. */
export function findChartRenderer(): string | undefined;
