import { expect, it } from 'vitest';
import { readLoginError, signOnAddress, withoutLoginError } from './sign-on';

it('says why single sign-on failed, whatever the code', () => {
  expect(readLoginError('')).toBeNull();
  expect(readLoginError('?login_error=disabled')).toBe('login.error.disabled');
  expect(readLoginError('?login_error=token')).toBe('login.error.provider');
  expect(readLoginError('?login_error=never-heard-of')).toBe('login.error.other');
  expect(readLoginError('?login_error=')).toBe('login.error.other');
  expect(readLoginError('?login_error=__proto__')).toBe('login.error.other');
});

it('takes the reason and nothing else out of the address', () => {
  expect(withoutLoginError('?login_error=state')).toBe('');
  expect(withoutLoginError('?a=1&login_error=state&b=%E5%9F%8E')).toBe('?a=1&b=%E5%9F%8E');
});

it('comes back to the same view', () => {
  const here = { pathname: '/', search: '?login_error=x', hash: '#map=15/39.98/116.31&at=116,39' };
  const next = '%2F%23map%3D15%2F39.98%2F116.31%26at%3D116%2C39';
  expect(signOnAddress('/api/auth/oidc/login', here)).toBe(`/api/auth/oidc/login?next=${next}`);
  expect(signOnAddress('/go?to=city', here)).toBe(`/go?to=city&next=${next}`);
});
