import { expect, it } from 'vitest';
import { ratesOf, type Listed } from './rates';

const unit = (code: string, area_m2: number, parent_code: string | null = null): Listed => ({ code, area_m2, parent_code, name: code, name_en: '' });

it('adds grids and micro-grids up by street', () => {
  const streets = [unit('110108001', 100), unit('110108002', 50)];
  const grids = [unit('110108001001001', 60), unit('110108001001002', 40.0001), unit('110108002001001', 25)];
  const micro = [unit('11010800100100101', 10, '110108001001001')];
  const [one, two] = ratesOf(streets, grids, micro);
  expect(one).toMatchObject({ grids: 2, gridShare: 1, micro: 1, microShare: 0.1 });
  expect(two).toMatchObject({ grids: 1, gridShare: 0.5, micro: 0, microShare: 0 });
});
