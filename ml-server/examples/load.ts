// node ml-server/examples/load.ts [URL] [CONNECTIONS] [SECONDS]: asks /detect as fast as it answers.
import autocannon from 'autocannon';

const [url = 'http://127.0.0.1:8000', connections = '32', seconds = '10'] = process.argv.slice(2);
let count = 0;
const result = await autocannon({
  url: `${url}/detect`,
  connections: Number(connections),
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  setupClient: (client) => {
    client.setBody(body());
    client.on('response', () => client.setBody(body()));
  },
});
console.log(
  `${result.requests.average.toFixed(0)} requests/s, p50 ${result.latency.p50} ms, p99 ${result.latency.p99} ms, ` +
    `${result['2xx']} answered, ${result.non2xx} refused, ${result.errors} lost`,
);

/** Readings of fifty devices in turn, now and then a hot one. */
function body(): string {
  count++;
  return JSON.stringify({
    device_id: `load-${count % 50}`,
    temperature: count % 1_000 === 0 ? 45 : 20 + (count % 40) / 10,
    vibration: 1 + (count % 10) / 20,
  });
}
