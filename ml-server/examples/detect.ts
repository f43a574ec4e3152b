// node ml-server/examples/detect.ts [URL]
const server = process.argv[2] ?? 'http://127.0.0.1:8000';

const answer = await fetch(`${server}/detect`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ device_id: 'sensor_001', temperature: 35.5, vibration: 1.2 }),
  signal: AbortSignal.timeout(10_000),
});
const said = (await answer.json()) as {
  is_anomaly: boolean;
  explanation: string;
  title?: string;
  errors?: { pointer: string; detail: string }[];
};
if (answer.ok) {
  console.log(said.is_anomaly ? `anomaly: ${said.explanation}` : 'nothing unusual');
} else {
  console.error(said.title, said.errors ?? '');
  process.exitCode = 1;
}
