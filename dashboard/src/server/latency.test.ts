import { expect, test } from 'vitest';
import { latencyByRoute } from './latency.ts';

const PAGE = `# TYPE iot_http_requests_total counter
iot_http_requests_total{route="/detect",method="POST",status="200"} 10
# TYPE iot_http_request_duration_seconds histogram
iot_http_request_duration_seconds_bucket{route="/ready",le="0.1"} 0
iot_http_request_duration_seconds_bucket{route="/ready",le="+Inf"} 0
iot_http_request_duration_seconds_sum{route="/ready"} 0
iot_http_request_duration_seconds_bucket{route="/detect",le="0.1"} 5
iot_http_request_duration_seconds_bucket{route="/detect",le="0.2"} 9
iot_http_request_duration_seconds_bucket{route="/detect",le="+Inf"} 10
iot_http_request_duration_seconds_sum{route="/detect"} 1.5
iot_http_request_duration_seconds_count{route="/detect"} 10
`;

test('reads the quantiles of a route as Prometheus does, and passes over what was not asked', () => {
  // By hand: rank 5 ends the first bucket; ranks 9.5 and 9.9 lie above the last finite edge.
  expect(latencyByRoute(PAGE)).toEqual([
    { route: '/detect', request_count: 10, mean_ms: 150, p50_ms: 100, p95_ms: null, p99_ms: null },
  ]);
});

test('takes a straight line within a bucket', () => {
  const page = PAGE.replace('le="0.2"} 9', 'le="0.2"} 10');
  // Rank 9.5 is 4.5 of the 5 requests between 0.1 and 0.2 s.
  expect(latencyByRoute(page)[0]?.p95_ms).toBeCloseTo(190, 9);
});

test('says nothing of a page without such metrics', () => {
  expect(latencyByRoute('')).toEqual([]);
});
