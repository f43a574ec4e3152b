import { expect, test } from 'vitest';
import { moved, type Selection } from './selection.ts';

test('the cursor begins at the newest point and stays within the chart', () => {
  expect(moved(undefined, 'ArrowLeft', false, 5)).toEqual({ anchor: 3, index: 3 });
  expect(moved({ anchor: 0, index: 0 }, 'ArrowLeft', false, 5)).toEqual({ anchor: 0, index: 0 });
  expect(moved({ anchor: 2, index: 2 }, 'End', false, 5)).toEqual({ anchor: 4, index: 4 });
});

test('with Shift the other end stays, without it both move', () => {
  const marked = moved({ anchor: 4, index: 4 }, 'Home', true, 5) as Selection;
  expect(marked).toEqual({ anchor: 4, index: 0 });
  expect(moved(marked, 'ArrowRight', false, 5)).toEqual({ anchor: 1, index: 1 });
});

test('a page is a tenth of the chart', () => {
  expect(moved({ anchor: 50, index: 50 }, 'PageUp', false, 100)?.index).toBe(40);
});

test('other keys and empty charts move nothing', () => {
  expect(moved({ anchor: 2, index: 2 }, 'a', false, 5)).toBeUndefined();
  expect(moved(undefined, 'ArrowLeft', false, 0)).toBeUndefined();
});
