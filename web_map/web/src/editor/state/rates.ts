/** How far a street is covered by grids, and by micro-grids. */
export interface Rate {
  readonly code: string | null;
  readonly name: string;
  readonly name_en: string;
  /** A plan changes something in it. */
  readonly touched: boolean;
  readonly grids: number;
  readonly gridsBefore: number | null;
  readonly gridShare: number;
  readonly micro: number;
  readonly microBefore: number | null;
  readonly microShare: number;
}

/** A unit as the directory of units tells it. */
export interface Listed {
  readonly code: string;
  readonly parent_code: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly area_m2: number;
}

/** Adds up grids and micro-grids in force by street; codes begin with the code of the street that they lie in. */
export function ratesOf(streets: readonly Listed[], grids: readonly Listed[], micro: readonly Listed[]): Rate[] {
  return streets.map(({ code, name, name_en, area_m2 }) => {
    const own = grids.filter((grid) => grid.code.startsWith(code));
    const small = micro.filter((one) => (one.parent_code ?? one.code).startsWith(code));
    const counts = { grids: own.length, gridsBefore: null, micro: small.length, microBefore: null };
    return { code, name, name_en, touched: false, ...counts, gridShare: share(own, area_m2), microShare: share(small, area_m2) };
  });
}

// Rounding of areas must not make a street covered by more than all of it.
function share(units: readonly Listed[], area_m2: number): number {
  const sum = units.reduce((total, unit) => total + unit.area_m2, 0);
  return area_m2 ? Math.min(1, sum / area_m2) : 0;
}
