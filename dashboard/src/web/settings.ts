import { useEffect, useState } from 'preact/hooks';

/** What the server of the page knows and the page cannot. */
export interface Settings {
  /** Base URL of the ML server, as people reach it; for commands to copy. */
  readonly ml_server_url: string;
  /** List prices; null where nobody said. */
  readonly usd_per_million_readings: number | null;
  /** The warehouse is on this machine. */
  readonly is_emulated: boolean;
}

const UNKNOWN: Settings = {
  ml_server_url: 'http://127.0.0.1:8000',
  usd_per_million_readings: null,
  is_emulated: false,
};

export function useSettings(): Settings {
  const [settings, setSettings] = useState(UNKNOWN);
  useEffect(() => {
    const controller = new AbortController();
    fetch('/api/settings', { signal: controller.signal })
      .then((response) => response.json())
      .then((told: Settings) => setSettings(told))
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return settings;
}

/** The command that asks the ML server about a reading. Safe to paste: quotes in values are escaped. */
export function curlOf(url: string, reading: object): string {
  const body = JSON.stringify(reading, rounded).replaceAll("'", `'\\''`);
  return `curl -s -X POST ${url}/detect \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
}

/** Four digits are more than any sensor has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;
}
