import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Address, HOME } from './address.ts';
import { type LiveState, QUIET } from './live.ts';
import type { Theme } from './theme.ts';

/** What every part of the page may know. */
export interface View {
  readonly address: Address;
  /** Changes the URL and with it the page. */
  go(change: Change): void;
  /** Clock of the page, moves every second unless refreshing is off. */
  readonly nowMs: number;
  readonly live: LiveState;
  /** Grows when panels must be fetched again. */
  readonly fetchCount: number;
  readonly theme: Theme;
}

/** Undefined removes a part of the address. */
export type Change = { readonly [Name in keyof Address]?: Address[Name] | undefined };

/** Removes every filter, and leaves range and refresh as they are. */
export const NO_FILTERS: Change = {
  building: undefined,
  floor: undefined,
  placeType: undefined,
  device: undefined,
  metric: undefined,
  severity: undefined,
};

export const ViewContext = createContext<View>({
  address: HOME,
  go: () => {},
  nowMs: 0,
  live: QUIET,
  fetchCount: 0,
  theme: 'light',
});

export function useView(): View {
  return useContext(ViewContext);
}
