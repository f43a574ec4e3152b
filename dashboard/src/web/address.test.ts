import { expect, test } from 'vitest';
import { type Address, formatAddress, HOME, panelQuery, parseAddress } from './address.ts';

test('the address of the start page is empty', () => {
  expect(formatAddress(HOME)).toBe('');
  expect(parseAddress('')).toEqual(HOME);
});

test('an address with everything survives the URL', () => {
  const address: Address = {
    page: 'anomalies',
    range: '7d',
    between: { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 },
    building: 'A & B',
    floor: -1,
    placeType: 'server_room',
    device: '<img src=x onerror=alert(1)>',
    metric: 'co2',
    severity: 'critical',
    records: 2000,
    refresh: '30',
    open: 'reading/1?#',
  };
  expect(parseAddress(formatAddress(address))).toEqual(address);
});

test.each([
  '?page=secrets&range=1y&records=3&refresh=always&metric=colour&severity=bad&floor=up',
  '?page=__proto__&range=constructor',
  '?from=5&to=4',
])('what is not understood is left at its default: %s', (search) => {
  expect(parseAddress(search)).toEqual(HOME);
});

test('a brushed range wins over the named one when a panel is asked', () => {
  const between = { fromMs: 1, toMs: 2 };
  expect(panelQuery({ ...HOME, between, building: 'A' }, 50)).toBe(
    '?from=1&to=2&building=A&limit=50',
  );
  expect(panelQuery(HOME, 50, 'r-1')).toBe('?range=1h&reading=r-1&limit=50');
});
