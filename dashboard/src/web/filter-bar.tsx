import { METRIC_NAMES } from '@plumbline/contracts/metrics';
import { useState } from 'preact/hooks';
import {
  type Address,
  type FilterName,
  PAGE_FILTERS,
  RANGES,
  RECORDS,
  REFRESHES,
  SEVERITIES,
} from './address.ts';
import { formatRange, title } from './format.ts';
import type { PlaceRow } from './rows.ts';
import { usePanel } from './use-panel.ts';
import { type Change, NO_FILTERS, useView } from './view.ts';

/** Filters, range and refresh: the same on every page. */
export function FilterBar({ onRefresh }: { onRefresh: () => void }) {
  const { address, go, nowMs } = useView();
  const places = usePanel<PlaceRow>('places', { limit: 2000, change: NO_PLACE });
  const rows = places.data?.rows ?? [];
  const buildings = unique(rows.map((row) => row.building));
  const floors = unique(
    rows
      .filter((row) => !address.building || row.building === address.building)
      .map((row) => row.floor),
  );
  const placeTypes = unique(rows.map((row) => row.place_type));
  const followed = PAGE_FILTERS[address.page];
  const isFiltered = followed.some((name) => address[name] !== undefined);
  const isOff = (name: FilterName) => !followed.includes(name);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <form
      class={isOpen ? 'filters open' : 'filters'}
      aria-label="Filters"
      onSubmit={(event) => event.preventDefault()}
    >
      <button
        type="button"
        class="quiet sheet"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        {isOpen ? 'Close filters' : 'Filters'}
      </button>
      <Choice
        label="Building"
        isOff={isOff('building')}
        value={address.building}
        options={buildings.map((name) => [name, name])}
        onChoose={(building) => go({ building, floor: undefined })}
      />
      <Choice
        label="Floor"
        isOff={isOff('floor')}
        value={address.floor === undefined ? undefined : String(address.floor)}
        options={floors.map((floor) => [String(floor), String(floor)])}
        onChoose={(floor) => go({ floor: floor === undefined ? undefined : Number(floor) })}
      />
      <Choice
        label="Room type"
        isOff={isOff('placeType')}
        value={address.placeType}
        options={placeTypes.map((name) => [name, title(name)])}
        onChoose={(placeType) => go({ placeType })}
      />
      <Choice
        label="Metric"
        isOff={isOff('metric')}
        value={address.metric}
        options={METRIC_NAMES.map((name) => [name, title(name)])}
        onChoose={(metric) => go({ metric: METRIC_NAMES.find((name) => name === metric) })}
      />
      <Choice
        label="Status"
        isOff={isOff('severity')}
        value={address.severity}
        options={SEVERITIES.map((name) => [name, title(name)])}
        onChoose={(severity) => go({ severity: SEVERITIES.find((name) => name === severity) })}
      />
      {address.device !== undefined && !isOff('device') && (
        <button type="button" class="chip" onClick={() => go({ device: undefined })}>
          {address.device} <span aria-hidden="true">×</span>
          <span class="hidden">: show all devices again</span>
        </button>
      )}
      {isFiltered && (
        <button type="button" class="quiet" onClick={() => go(NO_FILTERS)}>
          Clear
        </button>
      )}
      <span class="spacer" />
      {address.between && (
        <button type="button" class="chip" onClick={() => go({ between: undefined })}>
          {formatRange(address.between, nowMs)} <span aria-hidden="true">×</span>
          <span class="hidden">: back to the last {RANGES[address.range].label}</span>
        </button>
      )}
      <fieldset class="ranges">
        <legend class="hidden">Time range</legend>
        {(Object.keys(RANGES) as Address['range'][]).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={!address.between && address.range === name}
            onClick={() => go({ range: name, between: undefined })}
          >
            {RANGES[name].label}
          </button>
        ))}
      </fieldset>
      <Choice
        label="Records"
        value={String(address.records)}
        options={RECORDS.map((count) => [String(count), String(count)])}
        isRequired
        onChoose={(value) => {
          const records = RECORDS.find((count) => String(count) === value);
          if (records) go({ records });
        }}
      />
      <Choice
        label="Refresh"
        value={address.refresh}
        options={Object.entries(REFRESHES).map(([name, { label }]) => [name, label])}
        isRequired
        onChoose={(value) => go({ refresh: value as Address['refresh'] })}
      />
      <button type="button" class="quiet" onClick={onRefresh}>
        Refresh now
      </button>
    </form>
  );
}

/** What can be chosen does not depend on what was chosen. */
const NO_PLACE: Change = { ...NO_FILTERS, range: '24h', between: undefined };

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly isRequired?: boolean;
  /** The page does not follow it. */
  readonly isOff?: boolean;
  readonly onChoose: (value: string | undefined) => void;
}

function Choice({ label, value, options, isRequired, isOff, onChoose }: ChoiceProps) {
  const isUnknown = value !== undefined && !options.some(([option]) => option === value);
  return (
    <label
      class={`choice${value !== undefined && !isRequired && !isOff ? ' chosen' : ''}`}
      title={isOff ? 'This page is about all devices' : undefined}
    >
      <span aria-hidden="true">{label}</span>
      <select
        aria-label={label}
        value={isOff ? '' : (value ?? '')}
        disabled={isOff}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      >
        {!isRequired && <option value="">All</option>}
        {isUnknown && <option value={value}>{value}</option>}
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function unique<Value extends string | number>(values: readonly (Value | null)[]): Value[] {
  const known = new Set(values.filter((value) => value !== null));
  return [...known].sort((a, b) => String(a).localeCompare(String(b), 'en', { numeric: true }));
}
