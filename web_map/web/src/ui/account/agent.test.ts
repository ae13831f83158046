import { expect, it } from 'vitest';
import { describeAgent } from './agent';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, 'Edge 140 · Windows'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} Chrome/139.0.0.0 Safari/537.36`, 'Chrome 139 · Linux'],
  [`Mozilla/5.0 (Linux; Android 14; V2307A) ${WEBKIT} Chrome/120.0 Mobile Safari/537.36 MicroMessenger/8.0.50`, 'WeChat 8 · Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1', 'Safari 18 · iOS'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox 142 · macOS'],
  ['Mozilla/5.0 QGIS/33404/Debian GNU/Linux 12 (bookworm)', 'QGIS 3.34.4 · Linux'],
  ['python-httpx/0.28.1', 'python-httpx 0.28.1'],
  ['curl/8.5.0', 'curl 8.5.0'],
  ['', ''],
  [null, ''],
])('%s → %s', (agent, words) => expect(describeAgent(agent)).toBe(words));
