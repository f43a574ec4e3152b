import { expect, test } from 'vitest';
import { createRegistry } from './registry.ts';
import { addRequestMetrics } from './request-metrics.ts';

test('requests count by route, method and status, and are timed by route', () => {
  const registry = createRegistry();
  const note = addRequestMetrics(registry);
  note('/detect', 'POST', 200, 0.0004);
  note('/detect', 'POST', 200, 0.3);
  note('/detect', 'POST', 400, 0.002);
  note('/health', 'GET', 200, 60);
  const lines = registry.text().split('\n');
  expect(lines).toContain('iot_http_requests_total{route="/detect",method="POST",status="200"} 2');
  expect(lines).toContain('iot_http_requests_total{route="/detect",method="POST",status="400"} 1');
  expect(lines).toContain(
    'iot_http_request_duration_seconds_bucket{route="/detect",le="0.0005"} 1',
  );
  expect(lines).toContain('iot_http_request_duration_seconds_bucket{route="/detect",le="0.5"} 3');
  expect(lines).toContain('iot_http_request_duration_seconds_bucket{route="/health",le="10"} 0');
  expect(lines).toContain('iot_http_request_duration_seconds_count{route="/health"} 1');
});
