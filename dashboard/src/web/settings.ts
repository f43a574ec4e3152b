import { useEffect, useState } from 'preact/hooks';

/** Base URL of the ML server, as people reach it; for commands to copy. */
export function useMlServerUrl(): string {
  const [url, setUrl] = useState('http://127.0.0.1:8000');
  useEffect(() => {
    const controller = new AbortController();
    fetch('/api/settings', { signal: controller.signal })
      .then((response) => response.json())
      .then((settings: { ml_server_url: string }) => setUrl(settings.ml_server_url))
      .catch(() => undefined);
    return () => controller.abort();
  }, []);
  return url;
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
