/** A unit as the directory of units tells it. */
export interface Listed {
  readonly code: string;
  readonly parent_code: string | null;
  readonly name: string;
  readonly name_en: string;
  readonly area_m2: number;
}

/** How far a street is covered by grids, and by micro-grids. */
export interface Rate {
  readonly street: Listed;
  readonly grids: number;
  readonly gridShare: number;
  readonly micro: number;
  readonly microShare: number;
}

/** Adds up grids and micro-grids by street; codes begin with the code of the street that they lie in. */
export function ratesOf(streets: readonly Listed[], grids: readonly Listed[], micro: readonly Listed[]): Rate[] {
  return streets.map((street) => {
    const own = grids.filter((grid) => grid.code.startsWith(street.code));
    const small = micro.filter((one) => (one.parent_code ?? one.code).startsWith(street.code));
    return { street, grids: own.length, gridShare: share(own, street), micro: small.length, microShare: share(small, street) };
  });
}

// Rounding of areas must not make a street covered by more than all of it.
function share(units: readonly Listed[], street: Listed): number {
  const sum = units.reduce((total, unit) => total + unit.area_m2, 0);
  return street.area_m2 ? Math.min(1, sum / street.area_m2) : 0;
}
